import t from 'tap';
import {
  MARKER_SOURCE,
  OWNED_FLOWS,
  compile,
  drainingTo,
  install,
  owned,
  servingOn,
  type Placement,
} from '../../../sdn-app/steering/index.js';
import { flowKey } from '../../../sdn-app/steering/flow.js';
import { FakeTable } from './fake-table.js';
import { MAC, PORT, network, topology } from './lab-network.js';

const ARP = 0x0806;
const MARKER = 0x88b5;

const phases: Record<
  string,
  { placement: Placement; active: 'host1' | 'host2'; speakers: string[] }
> = {
  'serving on host1': {
    placement: servingOn(topology, 'nat1', 'host1'),
    active: 'host1',
    speakers: ['host1'],
  },
  'draining to host2': {
    placement: drainingTo(topology, 'nat1', 'host1', 'host2'),
    active: 'host2',
    speakers: ['host1', 'host2'],
  },
  'serving on host2': {
    placement: servingOn(topology, 'nat1', 'host2'),
    active: 'host2',
    speakers: ['host2'],
  },
  'draining back to host1': {
    placement: drainingTo(topology, 'nat1', 'host2', 'host1'),
    active: 'host1',
    speakers: ['host2', 'host1'],
  },
};

const inside = { host1: PORT.host1Inside, host2: PORT.host2Inside };
const outside = { host1: PORT.host1Outside, host2: PORT.host2Outside };

function installed(placements: readonly Placement[]): FakeTable {
  return new FakeTable().apply(install(compile(network, placements), 1, owned([], [])));
}

for (const [phase, { placement, active, speakers }] of Object.entries(phases)) {
  t.test(phase, (t) => {
    const table = installed([placement]);

    t.test('both directions reach the active instance and no other', (t) => {
      const fromClient = { inPort: PORT.client, ethSrc: MAC.client };
      const fromServer = { inPort: PORT.server, ethSrc: MAC.server };
      t.same(table.outputs({ ...fromClient, ethDst: MAC.inside }), [inside[active]]);
      t.same(table.outputs({ ...fromServer, ethDst: MAC.outside }), [outside[active]]);
      t.end();
    });

    t.test('ARP for every address of the VNF reaches the active instance', (t) => {
      const ask = { ethDst: MAC.broadcast, ethType: ARP };
      const client = { ...ask, inPort: PORT.client, ethSrc: MAC.client };
      const server = { ...ask, inPort: PORT.server, ethSrc: MAC.server };
      t.same(table.outputs({ ...client, arpTpa: '10.0.0.1' }), [inside[active]]);
      for (const arpTpa of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) {
        t.same(table.outputs({ ...server, arpTpa }), [outside[active]], arpTpa);
      }
      t.end();
    });

    t.test('only speakers speak with the virtual MACs', (t) => {
      for (const host of ['host1', 'host2'] as const) {
        const speaks = speakers.includes(host);
        const toServer = { inPort: outside[host], ethSrc: MAC.outside, ethDst: MAC.server };
        const toClient = { inPort: inside[host], ethSrc: MAC.inside, ethDst: MAC.client };
        t.same(table.outputs(toServer), speaks ? [PORT.server] : [], host);
        t.same(table.outputs(toClient), speaks ? [PORT.client] : [], host);
        t.same(table.outputs({ ...toClient, ethSrc: MAC.outside }), [], 'the other port’s MAC');
      }
      for (const ethDst of [MAC.client, MAC.server, MAC.broadcast]) {
        t.same(table.outputs({ inPort: PORT.client, ethSrc: MAC.inside, ethDst }), [], 'spoofed');
        t.same(table.outputs({ inPort: PORT.server, ethSrc: MAC.outside, ethDst }), [], 'spoofed');
      }
      t.end();
    });

    t.test('egress markers go from srcInst to destInst, port by port, while draining', (t) => {
      const marker = { ethType: MARKER, ethSrc: MARKER_SOURCE };
      for (const host of ['host1', 'host2'] as const) {
        const drains = placement.drainFrom !== undefined && host !== active;
        const onInside = { ...marker, inPort: inside[host], ethDst: MAC.inside };
        const onOutside = { ...marker, inPort: outside[host], ethDst: MAC.outside };
        t.same(table.outputs(onInside), drains ? [inside[active]] : [], host);
        t.same(table.outputs(onOutside), drains ? [outside[active]] : [], host);
      }
      t.same(table.outputs({ ...marker, inPort: PORT.client, ethDst: MAC.inside }), [], 'forged');
      t.end();
    });

    t.test('the active instance does not hear itself', (t) => {
      const own = { inPort: inside[active], ethSrc: MAC.inside };
      t.same(table.outputs({ ...own, ethDst: MAC.inside }), []);
      const announcement = { ...own, ethDst: MAC.broadcast, ethType: ARP, arpTpa: '10.0.0.1' };
      const others = [PORT.client, PORT.host1Inside, PORT.host2Inside];
      const expected = others.filter((port) => port !== inside[active]);
      t.same(table.outputs(announcement), expected, 'its announcements reach the network');
      t.end();
    });

    t.test('hosts reach each other within a network and never across', (t) => {
      const client = { inPort: PORT.client, ethSrc: MAC.client };
      t.same(table.outputs({ ...client, ethDst: MAC.host1Inside }), [PORT.host1Inside]);
      t.same(table.outputs({ ...client, ethDst: MAC.client }), [], 'to itself');
      const segment = [PORT.host1Inside, PORT.host2Inside];
      t.same(table.outputs({ ...client, ethDst: MAC.broadcast }), segment);
      t.same(table.outputs({ ...client, ethDst: MAC.unknown }), segment);
      t.same(table.outputs({ ...client, ethDst: MAC.server }), segment, 'unknown over there');
      t.same(table.outputs({ ...client, ethDst: MAC.outside }), segment, 'no way around the NAT');
      const otherArp = { ethDst: MAC.broadcast, ethType: ARP, arpTpa: '203.0.113.2' };
      t.same(table.outputs({ ...client, ...otherArp }), segment, 'an address of another network');
      t.end();
    });

    t.test('a port that nobody declared is closed', (t) => {
      t.same(table.outputs({ inPort: 9, ethSrc: MAC.unknown, ethDst: MAC.client }), []);
      t.end();
    });
    t.end();
  });
}

t.test('a VNF without a placement is fenced and gets nothing', (t) => {
  const table = installed([]);
  t.same(table.outputs({ inPort: PORT.client, ethSrc: MAC.client, ethDst: MAC.inside }), []);
  const ask = { ethDst: MAC.broadcast, ethType: ARP, arpTpa: '10.0.0.1' };
  t.same(table.outputs({ inPort: PORT.client, ethSrc: MAC.client, ...ask }), []);
  for (const inPort of [PORT.host1Inside, PORT.host2Inside]) {
    t.same(table.outputs({ inPort, ethSrc: MAC.inside, ethDst: MAC.client }), []);
  }
  t.end();
});

t.test('every flow is Ferry’s own and no two are the same entry', (t) => {
  for (const { placement } of Object.values(phases)) {
    const keys = compile(network, [placement]).flows.map(flowKey);
    t.equal(new Set(keys).size, keys.length);
    for (const { cookie } of installed([placement]).flows) {
      t.equal(cookie & OWNED_FLOWS.cookieMask, OWNED_FLOWS.cookie);
    }
  }
  t.end();
});

t.test('two placements of one VNF are a defect', (t) => {
  const twice = [servingOn(topology, 'nat1', 'host1'), servingOn(topology, 'nat1', 'host2')];
  t.throws(() => compile(network, twice), { code: 'INTERNAL' });
  t.end();
});
