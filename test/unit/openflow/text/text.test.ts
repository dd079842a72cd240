// Text for people, of what Open vSwitch has no text for.
import fc from 'fast-check';
import t from 'tap';
import {
  action,
  type Message,
  error,
  flowMod,
  hello,
  match,
  multipartReply,
  multipartReplyBody,
  oxmId,
  packetIn,
  packetOut,
  tableFeatures,
  tableProperty,
} from '../../../../sdn-app/openflow/index.js';
import { messageToText } from '../../../../sdn-app/openflow/text/index.js';
import { anyMessage } from '../arbitrary.js';

t.test('any message has text: lines that a terminal can take, the last one ended', (t) => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const text = messageToText(message);
      const begins =
        /^(OFPT|OFPST|ONFT)_[A-Z0-9_]+( request| reply)?( \(OF[^)]*\))? \(xid=0x[0-9a-f]+\):/;
      return begins.test(text) && text.endsWith('\n') && !/[\x00-\x09\x0b-\x1f\x7f]/.test(text);
    }),
    { numRuns: 3000 },
  );
  t.end();
});

const udp = '02000000000202000000000108004500006400010000401100000a0000010a000002003500a1001cbeef';
const frameOf = (hex: string): Message =>
  packetIn({ totalLength: 114, reason: 'action', data: Buffer.from(hex, 'hex') });

t.test('a packet that ends early is told as far as it goes', (t) => {
  const summary = (hex: string): string => messageToText(frameOf(hex)).split('\n')[1] ?? '';
  const addresses = 'vlan_tci=0x0000,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02';
  const network = 'nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no';
  t.equal(summary(udp), `udp,${addresses},${network},tp_src=53,tp_dst=161 udp_csum:beef`);
  t.equal(summary(udp.slice(0, -2)), `udp,${addresses},${network}`, 'half a transport header');
  t.equal(summary(udp.slice(0, 66)), `ip,${addresses}`, 'half an IP header');
  t.equal(summary(udp.slice(0, 26)), '13 bytes: no Ethernet header');
  t.equal(summary(''), '');
  const later = udp.replace('00010000', '000100b9');
  t.match(summary(later), /nw_frag=later$/, 'no ports in a later fragment');
  for (let bytes = 0; bytes <= udp.length / 2; bytes += 1)
    messageToText(frameOf(udp.slice(0, 2 * bytes)));
  t.end();
});

t.test('versions that a hello without a bitmap means', (t) => {
  t.match(messageToText(hello({ version: 4 })), 'version bitmap: 0x01, 0x02, 0x03, 0x04\n');
  t.match(messageToText(hello({ version: 9 })), /^OFPT_HELLO \(OF 0x09\)/);
  t.end();
});

t.test('what no declaration names', (t) => {
  const message = flowMod({
    match: [
      ...match({ inPort: 1 }),
      {
        field: 'unknown',
        class: 0x1234,
        code: 5,
        hasMask: true,
        bytes: Buffer.from('0a0bff00', 'hex'),
      },
    ],
    instructions: [{ type: 'unknown', code: 99, bytes: Buffer.from('01020304', 'hex') }],
  });
  t.equal(
    messageToText(message),
    'OFPT_FLOW_MOD (OF1.3) (xid=0x0): ADD oxm(class=0x1234,code=5)=0x0a0b/0xff00,in_port=1 ' +
      'actions=instruction(99,01020304)\n',
  );
  t.end();
});

t.test('an error whose request was cut, and one about a hello', (t) => {
  const cut = error({
    error: { type: 'badRequest', code: 'badLength' },
    data: Buffer.from('040e0050', 'hex'),
  });
  t.match(messageToText(cut), /OFPBRC_BAD_LEN\n00000000 {2}04 0e 00 50 /);
  const refused = error({
    error: { type: 'helloFailed', code: 'incompatible' },
    data: Buffer.from('speak \u001b[31m1.3', 'latin1'),
  });
  t.match(messageToText(refused), 'OFPHFC_INCOMPATIBLE\nspeak .[31m1.3\n');
  t.end();
});

t.test('names from a switch do not reach the terminal as they are', (t) => {
  const desc = multipartReply({
    body: multipartReplyBody.make.desc({
      manufacturer: 'x\u001b]0;title\u0007',
      hardware: '\u009b31m',
      software: '\n\r',
      serialNumber: '\u007f',
      datapath: 'caf\u00e9',
    }),
  });
  const lines = messageToText(desc).split('\n').slice(1);
  t.same(lines, [
    'Manufacturer: x.]0;title.',
    'Hardware: .31m',
    'Software: ..',
    'Serial Num: .',
    'DP Description: caf\u00e9',
    '',
  ]);
  t.end();
});

t.test('tables like the one before take one line, and ranges of tables too', (t) => {
  const table = (tableId: number, maxEntries: number) =>
    tableFeatures.make({
      tableId,
      name: `table${tableId}`,
      metadataMatch: 0xffn,
      metadataWrite: 0n,
      maxEntries,
      properties: [
        tableProperty.make.nextTables({
          tableIds: [...[1, 2, 3, 5, 6, 9].filter((next) => next > tableId)],
        }),
        tableProperty.make.instructions({
          instructions: [{ type: 'meter', data: Buffer.alloc(0) }],
        }),
        tableProperty.make.match({
          fields: [
            oxmId('inPort'),
            { field: 'unknown', class: 1, code: 40, hasMask: false, length: 4 },
          ],
        }),
      ],
    });
  const tables = [table(0, 10), table(1, 10), table(2, 10), table(3, 20), table(4, 20)];
  const reply = multipartReply({ body: multipartReplyBody.make.tableFeatures({ tables }) });
  const block = (tableId: number, next: string, maxEntries: number): string =>
    [
      `  table ${tableId} ("table${tableId}"):`,
      '    metadata: match=0xff write=0',
      `    max_entries=${maxEntries}`,
      `    next_tables: ${next}`,
      '    instructions: meter',
      '    match: in_port and 1 more',
    ].join('\n');
  t.equal(
    messageToText(reply),
    [
      'OFPST_TABLE_FEATURES reply (OF1.3) (xid=0x0):',
      block(0, '1-3,5-6,9', 10),
      '',
      '  tables 1...2: ditto',
      '',
      block(3, '5-6,9', 20),
      '',
      '  table 4: ditto',
      '',
    ].join('\n'),
  );
  t.end();
});

t.test('a packet-out that names a buffer', (t) => {
  const message = packetOut({ bufferId: 7, inPort: 3, actions: [action.make.output({ port: 1 })] });
  t.match(messageToText(message), ': in_port=3 actions=output:1 buffer=0x00000007\n');
  t.end();
});
