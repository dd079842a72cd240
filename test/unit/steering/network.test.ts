import t from 'tap';
import { topologySchema } from '../../../sdn-app/contract/topology.js';
import {
  compile,
  drainingTo,
  portOf,
  servingOn,
  switchNetwork,
} from '../../../sdn-app/steering/index.js';
import { PORT, network, portNumbers, topology, topologyInput } from './lab-network.js';

/** The NAT's outside network and all its links on another switch, or one link only. */
function spanning(moved: (network: string, host: string) => boolean) {
  return topologySchema.parse({
    ...topologyInput,
    switches: { s1: { dpid: 1 }, s2: { dpid: 2 } },
    links: topologyInput.links.map((link) => ({
      ...link,
      switch: moved(link.network, link.host) ? 's2' : 's1',
    })),
  });
}

t.test('links get their numbers by port name', (t) => {
  t.same(
    network.links.map(({ portNo }) => portNo),
    Object.values(PORT),
  );
  t.same(network.vnfs, ['nat1']);
  t.end();
});

t.test('a number in the topology goes before the name', (t) => {
  const [first, ...others] = topologyInput.links;
  const numbered = topologySchema.parse({
    ...topologyInput,
    links: [{ ...first, port: 77 }, ...others],
  });
  t.equal(switchNetwork(numbered, 's1', portNumbers).links[0]?.portNo, 77);
  t.end();
});

t.test('an unknown switch is named', (t) => {
  t.throws(() => switchNetwork(topology, 's9', portNumbers), {
    code: 'TOPOLOGY_UNKNOWN_REFERENCE',
    field: 'switches',
    message: /s9/,
  });
  t.end();
});

t.test('a VNF that spans switches is refused by the field', (t) => {
  t.throws(
    () =>
      switchNetwork(
        spanning((name) => name === 'outside'),
        's1',
        portNumbers,
      ),
    {
      code: 'TOPOLOGY_INVALID',
      field: 'vnfs.nat1.ports.outside.network',
      message: /spans switches s1 and s2/,
    },
  );
  t.throws(
    () =>
      switchNetwork(
        spanning((_, host) => host === 'client'),
        's1',
        portNumbers,
      ),
    {
      code: 'TOPOLOGY_INVALID',
      field: 'vnfs.nat1.ports.inside.network',
    },
  );
  t.end();
});

t.test('another switch carries what it has and steers no VNF of others', (t) => {
  const elsewhere = topologySchema.parse({
    ...topologyInput,
    switches: { s1: { dpid: 1 }, s2: { dpid: 2 } },
    networks: { ...topologyInput.networks, lan: { subnet: '10.9.0.0/24' } },
    links: [
      ...topologyInput.links,
      { host: 'client', switch: 's2', network: 'lan', address: '10.9.0.1/24' },
    ],
  });
  const s2 = switchNetwork(elsewhere, 's2', new Map([['s2-eth1', 1]]));
  t.same(s2.vnfs, []);
  t.equal(s2.links.length, 1);
  t.throws(() => compile(s2, [servingOn(elsewhere, 'nat1', 'host1')]), { code: 'VNF_UNKNOWN' });
  t.end();
});

t.test('a placement on a port that the switch lacks names the link', (t) => {
  const without = new Map([...portNumbers].filter(([name]) => name !== 's1-eth6'));
  const partial = switchNetwork(topology, 's1', without);
  t.doesNotThrow(() => compile(partial, [servingOn(topology, 'nat1', 'host1')]));
  const draining = drainingTo(topology, 'nat1', 'host1', 'host2');
  t.throws(() => compile(partial, [draining]), {
    code: 'TOPOLOGY_INVALID',
    field: 'links.5',
    message: /s1 has no port s1-eth6/,
  });
  t.throws(() => portOf(partial, { ...network.links[0], switchInterface: 's1-eth9' } as never), {
    code: 'TOPOLOGY_INVALID',
  });
  t.end();
});

t.test('placements of unknown VNFs and unsuitable hosts are refused', (t) => {
  t.throws(() => servingOn(topology, 'nat9', 'host1'), { code: 'VNF_UNKNOWN', field: 'vnf' });
  t.throws(() => servingOn(topology, 'nat1', 'client'), {
    code: 'HOST_NOT_SUITABLE',
    field: 'host',
    message: /client/,
  });
  t.end();
});
