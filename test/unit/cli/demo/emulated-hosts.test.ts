// The generator's hosts have addresses that nobody else has.
import t from 'tap';
import { stringify } from 'yaml';
import { emulatedHosts } from '../../../../sdn-app/cli/demo/emulated-hosts.js';
import { loadOf } from '../../../../sdn-app/cli/demo/options.js';
import { parseTopology } from '../../../../sdn-app/contract/load.js';
import { natTopology, type TopologyInput } from '../../contract/nat-topology.js';

function hostsOf(change: (topology: TopologyInput) => void): ReturnType<typeof emulatedHosts> {
  const input = natTopology();
  change(input);
  const topology = parseTopology(stringify(input), 'lab.yaml');
  return emulatedHosts(topology, loadOf(topology, {}));
}

t.test('clients are in the upper part of the inside network', (t) => {
  t.match(
    hostsOf(() => undefined),
    {
      client: { interface: 'client-eth0', mac: '02:fd:00:00:00:01' },
      server: { interface: 'server-eth0', mac: '02:fd:00:00:00:02' },
      firstClient: '10.0.64.1',
      prefillAddress: '10.0.64.11',
      serverAddress: '203.0.113.254',
      nextHop: '10.0.0.1',
    },
  );
  t.end();
});

t.test('an address that is taken is passed over', (t) => {
  const hosts = hostsOf((each) => (each.links[1].address = '203.0.113.254/24'));
  t.equal(hosts.serverAddress, '203.0.113.253');
  t.end();
});

t.test('a host where the clients would be is refused', (t) => {
  t.throws(() => hostsOf((each) => (each.links[2].address = '10.0.64.5/16')), {
    code: 'TOPOLOGY_INVALID',
    field: 'networks.inside.subnet',
  });
  t.end();
});

t.test('options change the load within what the VNF can hold', (t) => {
  const topology = parseTopology(stringify(natTopology()), 'lab.yaml');
  const options = {};
  t.match(loadOf(topology, { ...options, rate: 5, flows: 7, entries: 9, size: 100 }), {
    ratePps: 5,
    flows: 7,
    entries: 9,
    packetBytes: 100,
  });
  for (const wrong of [{ entries: 200_000 }, { flows: 10, entries: 9 }]) {
    t.throws(() => loadOf(topology, { ...options, ...wrong }), {
      code: 'CONFIG_INVALID',
      field: '--entries',
    });
  }
  t.end();
});
