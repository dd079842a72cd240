import t from 'tap';
import {
  action,
  bucket,
  decode,
  encode,
  flowMod,
  group,
  hello,
  type Message,
  multipartReply,
  multipartReplyBody,
  multipartRequestBody,
  noBuffer,
  packetOut,
  port,
  portStatus,
} from '../../../sdn-app/openflow/index.js';

t.test('constructors fill in what is declared', (t) => {
  t.strictSame(flowMod({ priority: 7 }), {
    type: 'flowMod',
    xid: 0,
    cookie: 0n,
    cookieMask: 0n,
    tableId: 0,
    command: 'add',
    idleTimeout: 0,
    hardTimeout: 0,
    priority: 7,
    bufferId: noBuffer,
    outPort: port.any,
    outGroup: group.any,
    flags: [],
    match: [],
    instructions: [],
  });
  t.strictSame(hello(), { type: 'hello', version: 4, xid: 0, elements: [] });
  t.strictSame(action.make.output({ port: 1 }), { type: 'output', port: 1, maxLength: 0xffff });
  t.match(packetOut(), { bufferId: noBuffer, inPort: port.controller, data: Buffer.alloc(0) });
  t.match(bucket.make(), { weight: 0, watchPort: port.any, watchGroup: group.any, actions: [] });
  t.match(multipartRequestBody.make.flow(), { kind: 'flow', tableId: 0xff });
  t.end();
});

t.test('messages made by one constructor share no list', (t) => {
  const first = flowMod();
  first.flags.push('checkOverlap');
  first.match.push({ field: 'inPort', value: 1 });
  t.strictSame(flowMod().flags, []);
  t.strictSame(flowMod().match, []);
  t.end();
});

function portStatusFrame(change: (frame: Buffer) => void): Message {
  const frame = encode(
    portStatus({
      reason: 'modify',
      port: {
        portNo: 1,
        hwAddr: '02:00:00:00:00:01',
        name: 's1-eth1',
        config: ['noForward'],
        state: ['live'],
        curr: 0,
        advertised: 0,
        supported: 0,
        peer: 0,
        currSpeed: 10_000_000,
        maxSpeed: 0,
      },
    }),
  );
  change(frame);
  return decode(frame);
}

t.test('bits without a name are kept by number', (t) => {
  const message = portStatusFrame((frame) => frame.writeUInt32BE(0x80000022, 48));
  t.match(message, { port: { config: ['bit1', 'noForward', 'bit31'] } });
  t.equal(encode(message).readUInt32BE(48), 0x80000022);
  t.end();
});

t.test('a name ends at its first zero, and may fill its field', (t) => {
  const tail = portStatusFrame((frame) => frame.fill('junk', 48 - 8, 48));
  t.match(tail, { port: { name: 's1-eth1' } });
  const full = portStatusFrame((frame) => frame.write('0123456789abcdef', 32, 'latin1'));
  t.match(full, { port: { name: '0123456789abcdef' } });
  t.strictSame(decode(encode(full)), full);
  t.end();
});

t.test('text that does not fit is refused', (t) => {
  const blank = { manufacturer: '', hardware: '', software: '', serialNumber: '', datapath: '' };
  const send = (text: string): Buffer =>
    encode(
      multipartReply({ body: multipartReplyBody.make.desc({ ...blank, serialNumber: text }) }),
    );
  t.equal(send('x'.repeat(32)).length, 16 + 1056);
  for (const text of ['x'.repeat(33), 'a\0b', '\u0100']) {
    t.throws(() => send(text), { code: 'WIRE_BAD_VALUE', field: 'body.serialNumber', offset: 784 });
  }
  t.end();
});

t.test('padding is ignored when read and zero when written', (t) => {
  const frame = encode(packetOut({ actions: [action.make.popVlan()] }));
  frame.fill(0xff, 18, 24);
  frame.fill(0xff, 28, 32);
  const message = decode(frame);
  t.strictSame(message, packetOut({ actions: [action.make.popVlan()] }));
  t.equal(encode(message).readUInt32BE(28), 0);
  t.end();
});

t.test('bytes of a decoded message are a view of the frame', (t) => {
  const frame = encode(packetOut({ data: Buffer.from('aabb', 'hex') }));
  const message = decode(frame);
  frame[frame.length - 1] = 0xcc;
  t.match(message, { data: Buffer.from('aacc', 'hex') });
  t.end();
});
