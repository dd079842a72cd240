// The same file with plain `mn --custom`, and that Python and TypeScript name things alike.
import t from 'tap';
import { z } from 'zod';
import { loadTopology } from '../../sdn-app/contract/load.js';
import { managementAddress, resolveLinks, resolveTrunks } from '../../sdn-app/contract/resolve.js';
import { cannotRunLab, run, smallLabFile, TOPO_PROGRAM } from './ferry-command.js';

const skip = cannotRunLab();

const PRINT_NAMES = `
import json, sys
sys.path.insert(0, sys.argv[1])
from topo import FerryTopology
topology = FerryTopology(sys.argv[2])
print(json.dumps({
    "links": [[link[key] for key in ("host_interface", "switch_interface", "mac")]
              for link in topology.links],
    "trunks": [trunk["interfaces"] for trunk in topology.trunks],
    "management": {host: topology.management_address(host) for host in topology.hosts},
}))
`;

t.test('Mininet names every interface and address as the controller expects', async (t) => {
  const file = await smallLabFile(t);
  const directory = TOPO_PROGRAM.replace(/\/topo\.py$/, '');
  const said = await run('/usr/bin/python3', ['-B', '-c', PRINT_NAMES, directory, file]);
  t.equal(said.code, 0, said.stderr);
  const printed = z
    .object({
      links: z.array(z.array(z.string())),
      trunks: z.array(z.array(z.string())),
      management: z.record(z.string(), z.string()),
    })
    .parse(JSON.parse(said.stdout));
  const topology = await loadTopology(file);
  const wanted = resolveLinks(topology).map((link) => [
    link.hostInterface,
    link.switchInterface,
    link.mac,
  ]);
  t.same(printed.links, wanted);
  t.same(
    printed.trunks,
    resolveTrunks(topology).map(({ ends }) => ends.map((end) => end.interface)),
  );
  for (const host of Object.keys(topology.hosts)) {
    t.equal(printed.management[host], managementAddress(topology, host), host);
  }
});

t.test('mn --custom builds the topology', { skip }, async (t) => {
  const file = await smallLabFile(t);
  const ovs = await run('ovs-vsctl', ['-t', '5', 'show']);
  if (ovs.code !== 0) {
    const control = '/usr/share/openvswitch/scripts/ovs-ctl';
    await run(control, ['--system-id=random', 'start']);
    t.teardown(() => run(control, ['stop']));
  }
  // Mininet raises system-wide limits and leaves them so: here it may not.
  const guard =
    'mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec "$@"';
  const mn = ['mn', '--custom', TOPO_PROGRAM, '--topo', `ferry,${file}`];
  const options = ['--switch', 'ovs,datapath=user,failMode=standalone', '--controller', 'none'];
  const said = await run('unshare', [
    ...['--mount', 'sh', '-c', guard, 'sh'],
    ...[...mn, ...options, '--nolistenport', '--test', 'build', '--post', '/dev/null'],
  ]);
  t.equal(said.code, 0, said.stderr);
  t.match(said.stderr, /Adding hosts:\n.*fyla fylb fylg/);
  t.match(said.stderr, /\(fylg, fyls1\).*10\.00Mbit/s, 'a rate is kept');
});
