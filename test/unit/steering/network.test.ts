import t from 'tap';
import { topologySchema } from '../../../sdn-app/contract/topology.js';
import {
  compile,
  drainingTo,
  servingOn,
  switchNetwork,
  wayTo,
} from '../../../sdn-app/steering/index.js';
import { PORT, network, portNumbers, topology, topologyInput } from './lab-network.js';

t.test('links get their numbers by port name', (t) => {
  t.same(
    network.links.map(({ out }) => out?.port),
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
  t.equal(switchNetwork(numbered, 's1', portNumbers).links[0]?.out?.port, 77);
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
  t.same(s2.networks, ['lan']);
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
  t.throws(() => wayTo(partial, { ...network.links[0], switchInterface: 's1-eth9' } as never), {
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
