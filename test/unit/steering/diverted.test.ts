// Frames for a VNF by way of the controller: what the switch is told, and whose a frame is.
import t from 'tap';
import { decode, encode, packetIn, port } from '../../../sdn-app/openflow/index.js';
import {
  compile,
  cookieOf,
  difference,
  divertedPorts,
  drainingTo,
  install,
  markRelayed,
  markerFrame,
  servingOn,
} from '../../../sdn-app/steering/index.js';
import { FakeTable } from './fake-table.js';
import { MAC, PORT, network, topology } from './lab-network.js';

const NO_BUFFER = 0xffff;

t.test('groups lead to the controller, which gets whole frames; nothing else changes', (t) => {
  const stable = servingOn(topology, 'nat1', 'host1');
  const before = compile(network, [stable]);
  const after = compile(network, [{ ...stable, diverted: true }]);
  t.same(after.flows, before.flows);
  const messages = difference(before, after, 1);
  t.equal(messages.length, 2, 'one group a port');
  for (const message of messages) {
    t.match(decode(encode(message)), {
      ...{ type: 'groupMod', command: 'modify' },
      buckets: [{ actions: [{ type: 'output', port: port.controller, maxLength: NO_BUFFER }] }],
    });
  }
  const table = new FakeTable().apply(
    install(before, 1, { flows: [], groups: [], nextGeneration: 2 }),
  );
  table.apply(messages);
  const data = { inPort: PORT.client, ethSrc: MAC.client, ethDst: MAC.inside };
  t.same(table.outputs(data), [port.controller]);
  const draining = { ...drainingTo(topology, 'nat1', 'host1', 'host2'), diverted: true } as const;
  table.apply(difference(after, compile(network, [draining]), 1));
  t.same(table.outputs(data), [port.controller], 'also while one instance takes over');
  table.apply(difference(compile(network, [draining]), before, 1));
  t.same(table.outputs(data), [PORT.host1Inside]);
  t.end();
});

const TABLE = 1;
const inside = Buffer.from(`${MAC.inside}:${MAC.client}`.replaceAll(':', ''), 'hex');

function arrived(frame: Buffer, fields: { tableId?: number; cookie?: bigint } = {}) {
  const told = { totalLength: frame.length, reason: 'action', tableId: TABLE } as const;
  return packetIn({ ...told, cookie: cookieOf(7), match: [], data: frame, ...fields });
}

function arpRequest(target: string): Buffer {
  const frame = Buffer.alloc(42, 0xff);
  frame.writeUInt16BE(0x0806, 12);
  target.split('.').forEach((byte, index) => frame.writeUInt8(Number(byte), 38 + index));
  return frame;
}

t.test('the port that a frame was for', (t) => {
  const portOf = divertedPorts(topology, 'nat1');
  const data = Buffer.concat([inside, Buffer.from('0800', 'hex')]);
  t.equal(portOf(arrived(data)), 0);
  t.equal(portOf(arrived(arpRequest('203.0.113.1'))), 1, 'who has its address');
  t.equal(portOf(arrived(arpRequest('203.0.113.3'))), 1, 'who has one of its pool');
  t.equal(portOf(arrived(arpRequest('203.0.113.9'))), undefined);
  t.equal(portOf(arrived(Buffer.alloc(60))), undefined, 'for nobody here');
  t.equal(portOf(arrived(data, { tableId: 3 })), undefined, 'of the network');
  t.equal(portOf(arrived(data, { cookie: 7n })), undefined, 'of somebody else');
  for (let length = 0; length < 42; length += 1) {
    t.equal(portOf(arrived(arpRequest('203.0.113.1').subarray(0, length))), undefined);
  }
  t.end();
});

t.test('marks that native/statelet/relay_gate.hpp and marker.hpp read', (t) => {
  const frame = Buffer.concat([inside, Buffer.from('0800', 'hex')]);
  t.equal(markRelayed(frame).toString('hex', 0, 12), '02feff000001' + '02fd00000001');
  const group = markRelayed(arpRequest('203.0.113.1'));
  t.equal(group.toString('hex', 0, 6), '03feff000001');
  t.equal(markerFrame('relayed', MAC.inside, 0, '00'.repeat(16))[19], 3);
  t.end();
});
