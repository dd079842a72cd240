import t from 'tap';
import { flowMod, type PlainMessage } from '../../../sdn-app/openflow/index.js';
import {
  compile,
  difference,
  drainingTo,
  install,
  owned,
  servingOn,
  switchNetwork,
  switchover,
  witness,
  instanceLinks,
  type Desired,
} from '../../../sdn-app/steering/index.js';
import { FakeTable } from './fake-table.js';
import { MAC, PORT, network, topology } from './lab-network.js';

const TOKEN = '00112233445566778899aabbccddeeff';
const nothing = owned([], []);
const stable1 = compile(network, [servingOn(topology, 'nat1', 'host1')]);
const draining = compile(network, [drainingTo(topology, 'nat1', 'host1', 'host2')]);
const stable2 = compile(network, [servingOn(topology, 'nat1', 'host2')]);
const unplaced = compile(network, []);

const toVnf = { inPort: PORT.client, ethSrc: MAC.client, ethDst: MAC.inside };
const toClient = (inPort: number) => ({ inPort, ethSrc: MAC.inside, ethDst: MAC.client });

/** Content without cookies, in an order of its own: for "the same tables". */
function contents(table: FakeTable): unknown {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
  return {
    flows: table.flows.map((flow) => text({ ...flow, cookie: 0n })).sort(),
    groups: table.groups.map(text).sort(),
  };
}

function after(desired: Desired): FakeTable {
  return new FakeTable().apply(install(desired, 1, nothing));
}

function ownedBy(table: FakeTable) {
  return owned(table.flows, table.groups);
}

t.test('install on an empty switch, and again after a restart of the controller', (t) => {
  const table = after(stable1);
  const found = ownedBy(table);
  t.equal(found.nextGeneration, 2);
  const steps = install(stable2, found.nextGeneration, found);
  for (const step of steps) {
    table.applyOne(step);
    t.equal(table.outputs(toVnf).length, 1, 'never without a way to an instance');
    const [port] = table.outputs(toVnf);
    const active = port === PORT.host1Inside ? PORT.host1Inside : PORT.host2Inside;
    t.same(table.outputs(toClient(active)), [PORT.client], 'and it may answer');
  }
  t.same(contents(table), contents(after(stable2)));
  t.same(install(stable2, 3, ownedBy(table)), [], 'and then there is nothing to do');
  t.same(table.outputs(toClient(PORT.host1Inside)), [], 'and host1 is fenced');
  t.end();
});

t.test(
  'install removes groups and flows that are no longer wanted, and leaves those of others',
  (t) => {
    const table = after(stable1);
    const foreign = { ...table.flows[0], priority: 7, cookie: 42n, tableId: 5 };
    table.flows.push(foreign as (typeof table.flows)[0]);
    table.groups.push({ groupId: 9, groupType: 'all', buckets: [] });
    const found = ownedBy(table);
    table.apply(install(unplaced, found.nextGeneration, found));
    t.ok(table.flows.some(({ cookie }) => cookie === 42n));
    t.ok(table.groups.some(({ groupId }) => groupId === 9));
    t.equal(table.groups.length, 3, 'two flood groups and the foreign one');
    t.same(table.outputs(toVnf), []);
    t.end();
  },
);

t.test('an empty switch is fenced from the first step on', (t) => {
  const table = new FakeTable();
  for (const step of install(stable1, 1, nothing)) {
    table.applyOne(step);
    for (const inPort of [PORT.client, PORT.host2Inside]) {
      const spoofed = { inPort, ethSrc: MAC.inside };
      t.same(table.outputs({ ...spoofed, ethDst: MAC.broadcast }), []);
      const marker = { ...spoofed, ethSrc: MAC.client, ethType: 0x88b5 };
      t.same(table.outputs({ ...marker, ethDst: MAC.inside }), []);
    }
  }
  t.end();
});

t.test('generations wrap around', (t) => {
  const newest = (0x46657272n << 32n) | 0xffffffffn;
  const flow = flowMod({ match: [] });
  t.equal(owned([{ ...flow, cookie: newest }], []).nextGeneration, 1);
  const group = { groupType: 'all' as const, groupId: 1, buckets: [] };
  t.same(owned([{ ...flow, cookie: 42n }], [group]), { flows: [], groups: [], nextGeneration: 1 });
  t.end();
});

t.test('install writes what is missing or wrong, and nothing else', (t) => {
  const table = after(stable1);
  const [gone, altered, ...untouched] = table.flows;
  if (gone === undefined || altered === undefined) throw new Error('there are flows');
  const [group] = table.groups;
  if (group === undefined) throw new Error('there are groups');
  const stale = { ...gone, priority: 9, match: altered.match.toReversed() };
  table.flows = [
    // A switch lists the fields of a match in another order.
    ...untouched.map((flow) => ({ ...flow, match: flow.match.toReversed() })),
    { ...altered, idleTimeout: 5 },
    stale,
  ];
  table.groups[0] = { ...group, buckets: [] };
  const messages = install(stable1, 2, ownedBy(table));
  t.same(kinds(messages), [
    'flowMod add',
    'flowMod add',
    'groupMod modify',
    'flowMod deleteStrict',
  ]);
  t.match(messages[3], { priority: 9, cookie: stale.cookie, match: stale.match });
  t.end();
});

const states: Record<string, Desired> = { unplaced, stable1, draining, stable2 };
for (const [fromName, from] of Object.entries(states)) {
  for (const [toName, to] of Object.entries(states)) {
    t.test(
      `difference from ${fromName} to ${toName} gives the same tables as a fresh install`,
      (t) => {
        const table = after(from).apply(difference(from, to, 1));
        t.same(contents(table), contents(after(to)));
        if (from === to) t.same(difference(from, to, 1), []);
        t.end();
      },
    );
  }
}

function kinds(messages: readonly PlainMessage[]): string[] {
  return messages.map((each) => ('command' in each ? `${each.type} ${each.command}` : each.type));
}

t.test('a switchover is two speakers, two marker ways, two groups and two markers', (t) => {
  const messages = switchover({
    network,
    vnf: 'nat1',
    srcLinks: instanceLinks(topology, 'nat1', 'host1'),
    from: stable1,
    to: draining,
    generation: 1,
    token: TOKEN,
  });
  t.same(kinds(messages), [
    ...Array<string>(4).fill('flowMod add'),
    ...Array<string>(2).fill('groupMod modify'),
    ...Array<string>(2).fill('packetOut'),
  ]);
  const table = after(stable1);
  for (const message of messages) {
    t.same(table.sent, [], 'no marker before the redirect is complete');
    if (message.type === 'packetOut') break;
    table.applyOne(message);
    const [active] = table.outputs(toVnf);
    t.type(active, 'number');
    t.same(table.outputs(toClient(active ?? 0)), [PORT.client], 'who receives may answer');
  }
  table.apply(messages.slice(-2));
  t.same(
    table.sent.map(({ port, data }) => [port, data.subarray(0, 6).toString('hex'), data[20]]),
    [
      [PORT.host1Inside, MAC.inside.replaceAll(':', ''), 0],
      [PORT.host1Outside, MAC.outside.replaceAll(':', ''), 1],
    ],
  );
  t.same(
    table.sent.map(({ data }) => data.subarray(22, 38).toString('hex')),
    [TOKEN, TOKEN],
  );
  t.end();
});

t.test('the end of draining only takes away', (t) => {
  t.same(kinds(difference(draining, stable2, 1)), Array(4).fill('flowMod deleteStrict'));
  t.end();
});

t.test('the witness tells the active instance from the switch’s own groups', (t) => {
  const src = instanceLinks(topology, 'nat1', 'host1');
  const dest = instanceLinks(topology, 'nat1', 'host2');
  const tell = (table: FakeTable) => witness(network, table.groups, 'nat1', { src, dest });
  t.equal(tell(after(stable1)), 'src');
  t.equal(tell(after(draining)), 'dest');
  t.equal(tell(after(stable2)), 'dest');
  t.equal(tell(after(unplaced)), 'other', 'no group');
  const noPorts = switchNetwork(topology, 's1', new Map());
  t.equal(witness(noPorts, [], 'nat1', { src, dest }), 'other', 'nothing is no evidence');
  const half = after(stable1);
  const [, , firstGroup] = stable2.groups;
  half.apply(
    difference(
      stable1,
      {
        ...stable1,
        groups: stable1.groups.map((group) => (group.id === firstGroup?.id ? firstGroup : group)),
      },
      1,
    ),
  );
  t.equal(tell(half), 'other', 'one port redirected, the other not');
  t.end();
});
