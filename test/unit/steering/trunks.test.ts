/** A VNF's networks over several switches: every frame arrives once, whichever switches have redirected. */
import t from 'tap';
import fc from 'fast-check';
import { resolveTrunks } from '../../../sdn-app/contract/resolve.js';
import { topologySchema, type Topology } from '../../../sdn-app/contract/topology.js';
import {
  compile,
  difference,
  drainingTo,
  Fabric,
  install,
  instanceLinks,
  owned,
  servingOn,
  switchNetwork,
  switchover,
  witness,
  type Placement,
  type SwitchNetwork,
} from '../../../sdn-app/steering/index.js';
import { FakeTable, type Frame, type Way } from './fake-table.js';
import { MAC, topologyInput } from './lab-network.js';

const TOKEN = '00112233445566778899aabbccddeeff';
const MARKER = 0x88b5;
const SWITCHES = ['s1', 's2', 's3'];

/** Each host on a switch of its own choice, and a triangle of trunks. */
function spread(place: Record<string, string>, trunks = triangle): Topology {
  return topologySchema.parse({
    ...topologyInput,
    switches: { s1: { dpid: 1 }, s2: { dpid: 2 }, s3: { dpid: 3 } },
    links: topologyInput.links.map((link) => ({ ...link, switch: place[link.host] })),
    trunks,
  });
}
const triangle = [{ between: ['s1', 's2'] }, { between: ['s2', 's3'] }, { between: ['s1', 's3'] }];
const apart = { client: 's1', server: 's3', host1: 's2', host2: 's3' };

/** Port numbers are those of the names: s1-eth2 is 2. */
const numbers = new Map<string, number>(
  SWITCHES.flatMap((name) =>
    Array.from({ length: 9 }, (_, index) => [`${name}-eth${index + 1}`, index + 1] as const),
  ),
);

class World {
  readonly topology: Topology;
  fabric: Fabric;
  readonly tables = new Map<string, FakeTable>();

  constructor(topology: Topology) {
    this.topology = topology;
    this.fabric = new Fabric(topology);
    for (const name of SWITCHES) this.tables.set(name, new FakeTable());
  }

  network(name: string): SwitchNetwork {
    return switchNetwork(this.topology, name, numbers, this.fabric);
  }

  place(name: string, placement: Placement): void {
    const network = this.network(name);
    const placements = network.vnfs.includes('nat1') ? [placement] : [];
    const table = this.table(name);
    const existing = owned(table.flows, table.groups);
    table.apply(install(compile(network, placements), existing.nextGeneration, existing));
  }

  table(name: string): FakeTable {
    const table = this.tables.get(name);
    if (table === undefined) throw new Error(name);
    return table;
  }

  /** Hosts (host/network) that get the frame that enters by a host's link; it goes where trunks lead. */
  arrivals(host: string, network: string, frame: Omit<Frame, 'inPort'>): string[] {
    const link = this.network('s1').links.find(
      (each) => each.host === host && each.network === network,
    );
    if (link === undefined) throw new Error(`${host} ${network}`);
    const inPort = numbers.get(link.switchInterface) ?? 0;
    return this.carry(link.switch, this.table(link.switch).ways({ ...frame, inPort }), frame);
  }

  carry(name: string, ways: readonly Way[], frame: Omit<Frame, 'inPort'>, hops = 0): string[] {
    if (hops > 8) throw new Error('a frame goes round in circles');
    return ways
      .flatMap(({ port, label }): string[] => {
        const host = this.network('s1').links.find(
          (each) => each.switch === name && numbers.get(each.switchInterface) === port,
        );
        if (host !== undefined) {
          if (label !== undefined) throw new Error(`${host.host} gets a frame with a label`);
          return [`${host.host}/${host.network}`];
        }
        const hop = this.fabric.hops(name).find(({ near }) => numbers.get(near.interface) === port);
        if (hop === undefined) throw new Error(`${name} port ${port} leads nowhere`);
        const inPort = numbers.get(hop.far.interface) ?? 0;
        const onward = this.table(hop.far.switch).ways({ ...frame, inPort, label });
        return this.carry(hop.far.switch, onward, frame, hops + 1);
      })
      .sort();
  }
}

const toVnf = { ethSrc: MAC.client, ethDst: MAC.inside };
const fromServer = { ethSrc: MAC.server, ethDst: MAC.outside };
const broadcast = { ethSrc: MAC.client, ethDst: MAC.broadcast };

function serving(topology: Topology, host: string): World {
  const world = new World(topology);
  for (const name of SWITCHES) world.place(name, servingOn(topology, 'nat1', host));
  return world;
}

t.test('both directions reach the active instance over trunks', (t) => {
  for (const host of ['host1', 'host2']) {
    const world = serving(spread(apart), host);
    t.same(world.arrivals('client', 'inside', toVnf), [`${host}/inside`]);
    t.same(world.arrivals('server', 'outside', fromServer), [`${host}/outside`]);
    const answer = { ethSrc: MAC.inside, ethDst: MAC.client };
    t.same(world.arrivals(host, 'inside', answer), ['client/inside']);
    const other = host === 'host1' ? 'host2' : 'host1';
    t.same(world.arrivals(other, 'inside', answer), [], 'the other is fenced');
  }
  t.end();
});

t.test('a broadcast reaches each host of its network once, and no other network', (t) => {
  const world = serving(spread(apart), 'host1');
  t.same(world.arrivals('client', 'inside', broadcast), ['host1/inside', 'host2/inside']);
  t.same(world.arrivals('host2', 'outside', { ethSrc: MAC.unknown, ethDst: MAC.broadcast }), [
    'host1/outside',
    'server/outside',
  ]);
  t.end();
});

t.test('in every order of redirecting, each frame reaches one of the two instances', (t) => {
  const topology = spread(apart);
  for (const order of [
    ['s1', 's2', 's3'],
    ['s3', 's1', 's2'],
    ['s2', 's3', 's1'],
  ]) {
    const world = serving(topology, 'host1');
    const redirected = new Set<string>();
    for (const name of order) {
      world.place(name, drainingTo(topology, 'nat1', 'host1', 'host2'));
      redirected.add(name);
      const expected = (edge: string) => (redirected.has(edge) ? 'host2' : 'host1');
      t.same(world.arrivals('client', 'inside', toVnf), [`${expected('s1')}/inside`]);
      t.same(world.arrivals('server', 'outside', fromServer), [`${expected('s3')}/outside`]);
    }
    for (const host of ['host1', 'host2']) {
      const answer = { ethSrc: MAC.inside, ethDst: MAC.client };
      t.same(world.arrivals(host, 'inside', answer), ['client/inside'], 'both may speak');
    }
    const marker = { ethSrc: '02:fe:ff:00:00:00', ethDst: MAC.inside, ethType: MARKER };
    t.same(world.arrivals('host1', 'inside', marker), ['host2/inside'], 'egress marker');
    t.same(world.arrivals('client', 'inside', marker), [], 'forged');
  }
  t.end();
});

t.test(
  'what is on its way keeps to its label while the switches before it have redirected',
  (t) => {
    const topology = spread(apart);
    const world = serving(topology, 'host1');
    const link = world
      .network('s1')
      .links.find(({ host, network }) => host === 'client' && network === 'inside');
    const entering = world
      .table('s1')
      .ways({ ...toVnf, inPort: numbers.get(link?.switchInterface ?? '') ?? 0 });
    for (const name of SWITCHES) world.place(name, drainingTo(topology, 'nat1', 'host1', 'host2'));
    t.same(world.carry('s1', entering, toVnf), ['host1/inside']);
    t.end();
  },
);

t.test('each switch of a network sends its own marker, and they reach srcInst', (t) => {
  const topology = spread(apart);
  const world = serving(topology, 'host1');
  const found: { host: string; port: number | undefined; origin: number[] }[] = [];
  for (const name of SWITCHES) {
    const network = world.network(name);
    const from = compile(network, [servingOn(topology, 'nat1', 'host1')]);
    const to = compile(network, [drainingTo(topology, 'nat1', 'host1', 'host2')]);
    const srcLinks = instanceLinks(topology, 'nat1', 'host1');
    const change = { network, vnf: 'nat1', srcLinks, from, to, generation: 9, token: TOKEN };
    const table = world.table(name);
    table.apply(switchover(change));
    for (const { data, ...way } of table.sent) {
      const [host = ''] = world.carry(name, [way], { ethSrc: '', ethDst: '' });
      found.push({ host, port: data[20], origin: [...data.subarray(38, 40)] });
    }
  }
  t.same(found, [
    { host: 'host1/inside', port: 0, origin: [0, 3] },
    { host: 'host1/inside', port: 0, origin: [1, 3] },
    { host: 'host1/outside', port: 1, origin: [0, 2] },
    { host: 'host1/inside', port: 0, origin: [2, 3] },
    { host: 'host1/outside', port: 1, origin: [1, 2] },
  ]);
  t.end();
});

t.test('the witness knows an instance on another switch by its label', (t) => {
  const topology = spread(apart);
  const links = {
    src: instanceLinks(topology, 'nat1', 'host1'),
    dest: instanceLinks(topology, 'nat1', 'host2'),
  };
  const world = serving(topology, 'host1');
  const tell = (name: string) =>
    witness(world.network(name), world.table(name).groups, 'nat1', links);
  t.same(SWITCHES.map(tell), ['src', 'src', 'src']);
  world.fabric = new Fabric(topology, new Set(['s1-eth2']));
  t.same(SWITCHES.map(tell), ['src', 'src', 'src'], 'whatever the way');
  world.place('s1', drainingTo(topology, 'nat1', 'host1', 'host2'));
  t.same(SWITCHES.map(tell), ['dest', 'src', 'src']);
  t.end();
});

t.test(
  'when a trunk fails, the ways go round it; when no way is left, nobody gets the frame',
  (t) => {
    const topology = spread(apart);
    const world = new World(topology);
    const fail = (...interfaces: string[]) => {
      world.fabric = new Fabric(topology, new Set(interfaces));
      for (const name of SWITCHES) world.place(name, servingOn(topology, 'nat1', 'host1'));
    };
    const [toS2] = resolveTrunks(topology).map(({ ends }) => ends[0].interface);
    fail(toS2 ?? '');
    t.same(world.arrivals('client', 'inside', toVnf), ['host1/inside'], 'by s3');
    t.same(world.arrivals('client', 'inside', broadcast), ['host1/inside', 'host2/inside']);
    const cut = new Fabric(
      topology,
      new Set(resolveTrunks(topology).map(({ ends }) => ends[1].interface)),
    );
    const alone = switchNetwork(topology, 's1', numbers, cut);
    t.throws(() => compile(alone, [servingOn(topology, 'nat1', 'host1')]), {
      code: 'TOPOLOGY_INVALID',
      message: /the trunks are down/,
    });
    t.end();
  },
);

t.test('wherever hosts are, whichever trunks live: once each, never in circles', (t) => {
  const places = fc.record({
    client: fc.constantFrom(...SWITCHES),
    server: fc.constantFrom(...SWITCHES),
    host1: fc.constantFrom(...SWITCHES),
    host2: fc.constantFrom(...SWITCHES),
  });
  const failed = fc.constantFrom(0, 1, 2, undefined);
  fc.assert(
    fc.property(places, failed, fc.constantFrom('host1', 'host2'), (place, trunk, active) => {
      const topology = spread(place);
      const world = new World(topology);
      const down = trunk === undefined ? undefined : resolveTrunks(topology)[trunk]?.ends[0];
      world.fabric = new Fabric(topology, new Set(down === undefined ? [] : [down.interface]));
      for (const name of SWITCHES) world.place(name, servingOn(topology, 'nat1', active));
      const ok = (found: string[], wanted: string[]) => found.join() === wanted.join();
      return (
        ok(world.arrivals('client', 'inside', toVnf), [`${active}/inside`]) &&
        ok(world.arrivals('server', 'outside', fromServer), [`${active}/outside`]) &&
        ok(world.arrivals('client', 'inside', broadcast), ['host1/inside', 'host2/inside'])
      );
    }),
    { numRuns: 60, seed: 7 },
  );
  t.end();
});

t.test('a change of trunks needs only what changes, and ends as a fresh install would', (t) => {
  const topology = spread(apart);
  const placement = servingOn(topology, 'nat1', 'host1');
  const before = compile(switchNetwork(topology, 's1', numbers), [placement]);
  const [first] = resolveTrunks(topology);
  const down = new Fabric(topology, new Set([first?.ends[0].interface ?? '']));
  const after = compile(switchNetwork(topology, 's1', numbers, down), [placement]);
  const table = new FakeTable().apply(install(before, 1, owned([], [])));
  table.apply(difference(before, after, 1));
  const fresh = new FakeTable().apply(install(after, 1, owned([], [])));
  const text = (value: FakeTable) =>
    [...value.flows, ...value.groups]
      .map((each) =>
        JSON.stringify(each, (_, x: unknown) => (typeof x === 'bigint' ? String(x) : x)),
      )
      .sort();
  t.same(text(table), text(fresh));
  t.end();
});
