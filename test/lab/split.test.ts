// Half of a NAT's clients move to another instance under load, and back into the first, by hand and
// by load: in the lab, with nothing lost, doubled, reordered, or translated otherwise.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { FerryApi } from '../../sdn-app/cli/api.js';
import { emulatedHosts } from '../../sdn-app/cli/demo/emulated-hosts.js';
import { TrafficPair } from '../../sdn-app/cli/demo/traffic-pair.js';
import { labStatus } from '../../sdn-app/cli/lab/status.js';
import { packagePath } from '../../sdn-app/cli/paths.js';
import { loadTopology } from '../../sdn-app/contract/load.js';
import type { MigrationResource } from '../../sdn-app/contract/rest.js';
import { cannotRunLab, ferry } from './ferry-command.js';

const skip = cannotRunLab();
const TOPOLOGY = packagePath('topologies/nat-split.yaml');
const FLOWS = 'src=10.0.64.0/25';

t.test('half of the clients move away and back under load', { skip }, async (t) => {
  // The name tells this lab from somebody's own, should the test leave it.
  const directory = await mkdtemp(join(tmpdir(), 'fys-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const file = join(directory, 'split.yaml');
  const text = await readFile(TOPOLOGY, 'utf8');
  await writeFile(file, text.replace('name: nat-split', 'name: fys-split'));
  const topology = await loadTopology(file);
  if (topology.traffic === undefined) throw new Error('the topology has no traffic');
  const load = { ...topology.traffic, ratePps: 1000, flows: 400, entries: 4000 };
  const hosts = emulatedHosts(topology, load);
  t.teardown(async () => {
    const { stdout } = await ferry('lab', 'status', '--json');
    if (stdout.includes('"topology": "fys-split"')) await ferry('lab', 'down');
  });
  const up = await ferry('lab', 'up', file);
  t.equal(up.code, 0, up.stderr);
  const { url } = await labStatus();
  const api = new FerryApi(url);
  const pair = await TrafficPair.open(load, hosts, () => undefined);
  t.teardown(() => pair.close());
  await pair.prefill(load.entries);
  pair.start();
  await sleep(500);

  const refused = await ferry(
    ...['migrate', 'nat1', '--to', 'host2', '--flows', 'src=10.0.64.0/26', '--url', url],
  );
  t.match(refused.stderr, /FLOWS_UNSUPPORTED/);

  const there = await move(url, 'host2');
  t.equal(there.state, 'completed', there.reason ?? '');
  t.equal(there.flows, FLOWS);
  t.ok((there.figures.snapshotEntries ?? 0) > 100, 'there was state to move');
  const split = await api.vnf('nat1');
  t.equal(split.host, 'host1', 'the rest has stayed');
  t.match(split.parts, [{ flows: FLOWS, host: 'host2' }]);
  await sleep(500);

  const back = await move(url, 'host1');
  t.equal(back.state, 'completed', back.reason ?? '');
  t.same((await api.vnf('nat1')).parts, []);

  for (const instances of ['2', '1']) {
    const scaled = await ferry(
      ...['scale', 'nat1', '--instances', instances, '--wait', '--json', '--url', url],
    );
    t.equal(scaled.code, 0, scaled.stdout + scaled.stderr);
    t.equal((await api.vnf('nat1')).parts.length, Number(instances) - 1, 'one half each');
  }
  await sleep(500);
  const { offered, delivered, lost, duplicated, reordered, translationsChanged } =
    await pair.finish();
  t.ok(offered > 1000);
  t.equal(delivered, offered);
  t.same(
    { lost, duplicated, reordered, translationsChanged },
    { lost: 0, duplicated: 0, reordered: 0, translationsChanged: 0 },
  );
});

async function move(url: string, to: string): Promise<MigrationResource> {
  const said = await ferry(
    ...['migrate', 'nat1', '--to', to, '--flows', FLOWS, '--wait', '--json', '--url', url],
  );
  return JSON.parse(said.stdout) as MigrationResource;
}
