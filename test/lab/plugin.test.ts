// A network function built from docs/third-party-nfs.md alone, outside the tree, moves under load.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import t from 'tap';
import { packagePath } from '../../sdn-app/cli/paths.js';
import { reportSeriesSchema } from '../../sdn-app/contract/report.js';
import { buildExample } from '../unit/cli/nf/example.js';
import { cannotRunLab, ferry, LAB_DIR, run } from './ferry-command.js';
import { machine } from './machine.js';

const skip = cannotRunLab();
const DEMO = packagePath('dist/sdn-app/cli/demo.js');
const LOAD = ['--rate', '300', '--flows', '50'];

t.test(
  'two migrations lose nothing; without its library nothing begins',
  { skip, timeout: 240_000 },
  async (t) => {
    const before = await machine();
    const { library, topology } = await buildExample(t);
    const words = [DEMO, '--topology', topology, ...LOAD, '--runs', '2', '--json'];
    const said = await run(process.execPath, words);
    t.equal(said.code, 0, said.stderr);
    for (const { traffic, migration } of reportSeriesSchema.parse(JSON.parse(said.stdout)).runs) {
      const { lost, duplicated, reordered } = traffic;
      t.same({ lost, duplicated, reordered }, { lost: 0, duplicated: 0, reordered: 0 });
      t.ok((traffic.delivered ?? 0) > 1000, 'there was traffic');
      t.equal(traffic.tcp.survived, true);
      t.equal(migration.state, 'completed');
      t.ok((migration.snapshotEntries ?? 0) >= 50, 'its flows moved');
    }

    await rm(library);
    const missing = await ferry('lab', 'up', topology);
    t.equal(missing.code, 1);
    t.match(missing.stderr, /error PLUGIN_UNREADABLE: there is no .*\(vnfs\.gate1\.config\.path\)/);
    t.notOk(existsSync(LAB_DIR));
    t.same(await machine(), before);
  },
);
