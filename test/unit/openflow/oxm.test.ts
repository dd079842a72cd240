import t from 'tap';
import {
  decode,
  encode,
  flowMod,
  match,
  type MatchFields,
  missingPrerequisite,
  multipartReply,
  type OxmField,
  type OxmId,
  oxmId,
  tableProperty,
} from '../../../sdn-app/openflow/index.js';
import { oxmFields } from '../../../sdn-app/openflow/oxm-registry.js';

function carry(fields: OxmField[]): OxmField[] {
  const message = decode(encode(flowMod({ match: fields })));
  return message.type === 'flowMod' ? message.match : [];
}

t.test('a match lists its fields in the order of their numbers, prerequisites first', (t) => {
  const fields: MatchFields = {
    tcpDst: 80,
    ipv4Dst: { value: '10.0.0.0', mask: '255.0.0.0' },
    ipProto: 6,
    ethType: 0x800,
    inPort: 3,
  };
  t.strictSame(match(fields), [
    { field: 'inPort', value: 3 },
    { field: 'ethType', value: 0x800 },
    { field: 'ipProto', value: 6 },
    { field: 'ipv4Dst', value: '10.0.0.0', mask: '255.0.0.0' },
    { field: 'tcpDst', value: 80 },
  ]);
  t.strictSame(match({}), []);
  t.throws(() => match({ toString: 1 } as MatchFields), {
    code: 'WIRE_BAD_VALUE',
    field: 'match.toString',
  });
  t.end();
});

t.test('values that a field cannot hold are refused, with the place', (t) => {
  const cases: [OxmField[], object][] = [
    [match({ ipDscp: 64 }), { code: 'WIRE_BAD_VALUE', field: 'match[0].value' }],
    [match({ vlanVid: 0x2000 }), { field: 'match[0].value' }],
    [match({ inPort: 1, ethDst: '02:00' }), { field: 'match[1].value' }],
    [match({ ipv4Src: { value: '10.0.0.0', mask: '/8' } }), { field: 'match[0].mask' }],
    [match({ metadata: -1n }), { field: 'match[0].value' }],
    [match({ inPort: 1.5 }), { field: 'match[0].value' }],
    [[{ field: 'inPort', value: 1, mask: 1 } as OxmField], { field: 'match[0].mask' }],
    [[{ field: 'colour', value: 1 } as unknown as OxmField], { field: 'match[0].field' }],
    [
      [{ field: 'unknown', class: 1, code: 128, hasMask: false, bytes: Buffer.alloc(0) }],
      { field: 'match[0].unknown' },
    ],
  ];
  for (const [fields, refusal] of cases) {
    t.throws(() => encode(flowMod({ match: fields })), { name: 'WireError', ...refusal });
  }
  t.end();
});

t.test('fields that are not declared round-trip as bytes', (t) => {
  const fields: OxmField[] = [
    {
      field: 'unknown',
      class: 1,
      code: 40,
      hasMask: true,
      bytes: Buffer.from('0000000100000003', 'hex'),
    },
    { field: 'unknown', class: 0xffff, code: 127, hasMask: false, bytes: Buffer.alloc(255, 1) },
    { field: 'unknown', class: 0x8000, code: 99, hasMask: false, bytes: Buffer.alloc(0) },
  ];
  t.strictSame(carry(fields), fields);
  t.end();
});

t.test('a known field of the wrong size is refused', (t) => {
  const frame = encode(flowMod({ match: match({ inPort: 1 }) }));
  const header = frame.indexOf(Buffer.from('80000004', 'hex'));
  frame[header + 3] = 3;
  t.throws(() => decode(frame), {
    code: 'WIRE_BAD_LENGTH',
    messageType: 'flowMod',
    field: 'match[0].length',
    offset: header,
  });
  t.end();
});

t.test('a mask on a field that takes none is kept as bytes', (t) => {
  const frame = encode(flowMod({ match: match({ metadata: 1n }) }));
  const header = frame.indexOf(Buffer.from('80000408', 'hex'));
  frame.writeUInt32BE(0x80000108, header);
  t.match(decode(frame), { match: [{ field: 'unknown', class: 0x8000, code: 0, hasMask: true }] });
  t.equal(encode(decode(frame)).toString('hex'), frame.toString('hex'));
  t.end();
});

t.test('a match that lacks a prerequisite, or has it too late, is told', (t) => {
  t.equal(missingPrerequisite([]), undefined);
  t.equal(
    missingPrerequisite(match({ ethType: 0x86dd, ipProto: 6, tcpDst: 80, reg0: 1 })),
    undefined,
  );
  t.match(missingPrerequisite(match({ ipProto: 6, tcpDst: 80 })), {
    field: 'ipProto',
    needs: { field: 'ethType', values: [0x800, 0x86dd] },
  });
  t.match(missingPrerequisite(match({ ethType: 0x800, ipProto: 17, tcpDst: 80 })), {
    field: 'tcpDst',
    needs: { field: 'ipProto', values: [6] },
  });
  t.match(missingPrerequisite(match({ ethType: 0x86dd, ipv4Src: '10.0.0.1' })), {
    field: 'ipv4Src',
  });
  t.match(missingPrerequisite(match({ vlanPcp: 1 })), { needs: { field: 'vlanVid' } });
  const late = match({ ethType: 0x800, ipProto: 1 }).reverse();
  t.match(missingPrerequisite(late), { field: 'ipProto', needs: { field: 'ethType' } });
  t.end();
});

t.test('each prerequisite is a field that comes earlier', (t) => {
  const names = Object.keys(oxmFields);
  for (const [name, { needs }] of Object.entries(oxmFields)) {
    for (const { field } of needs) {
      const isEarlier = names.indexOf(field) >= 0 && names.indexOf(field) < names.indexOf(name);
      t.ok(isEarlier, `${name} needs ${field}`);
    }
  }
  t.end();
});

t.test('ids of fields are headers alone, whatever their length says', (t) => {
  const ids: OxmId[] = [
    oxmId('inPort'),
    oxmId('ipv4Src', true),
    { field: 'ipv4Src', hasMask: true, length: 4 },
    oxmId('tcpFlags'),
    { field: 'experimenter', experimenter: 0xabcd, code: 1, hasMask: false, length: 8 },
    { field: 'unknown', class: 0, code: 4, hasMask: false, length: 2 },
  ];
  const properties = [tableProperty.make.match({ fields: ids })];
  const tables = [
    {
      tableId: 1,
      name: '',
      metadataMatch: 0n,
      metadataWrite: 0n,
      config: 0,
      maxEntries: 1,
      properties,
    },
  ];
  const frame = encode(multipartReply({ body: { kind: 'tableFeatures', tables } }));
  const headers =
    '80000004' + '80001708' + '80001704' + 'ffff54064f4e4600' + 'ffff02080000abcd' + '00000802';
  t.equal(frame.toString('hex', 8 + 8 + 64 + 4, 8 + 8 + 64 + 4 + 32), headers);
  t.match(decode(frame), { body: { tables } });
  t.throws(() => oxmId('inPort', true), { code: 'WIRE_BAD_VALUE', field: 'inPort' });
  t.end();
});
