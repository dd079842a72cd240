// The limit of a migration over a shared link.
import t from 'tap';
import { limitMs, migrationLink } from '../../../../sdn-app/cli/demo/link-limit.js';
import { parseTopology } from '../../../../sdn-app/contract/load.js';
import { stringify } from 'yaml';
import { natTopology } from '../../contract/nat-topology.js';

t.test('snapshot / (capacity - data - statelets)', (t) => {
  const load = { capacityBps: 100e6, dataBps: 30e6, stateletBps: 6e6, snapshotBytes: 20e6 };
  t.equal(limitMs(load), 2500);
  t.equal(limitMs({ ...load, dataBps: 94e6 }), null, 'no room');
  t.end();
});

t.test('the rate is that of the link that carries migration', (t) => {
  const topology = natTopology();
  for (const index of [2, 4] as const) {
    Object.assign(topology.links[index], {
      carries: ['data', 'migration'],
      bandwidthBps: 100_000_000,
    });
  }
  const shared = parseTopology(stringify(topology), 'lab.yaml');
  t.same(migrationLink(shared, 'host1'), {
    hostInterface: 'host1-eth0',
    bandwidthBps: 100_000_000,
  });
  t.equal(migrationLink(shared, 'client'), undefined);
  t.end();
});
