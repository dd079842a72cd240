// Every strategy once under load, in one lab: each holds what it promises.
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { reportSeriesSchema } from '../../sdn-app/contract/report.js';
import { cannotRunLab, run } from './ferry-command.js';
import { machine } from './machine.js';

const skip = cannotRunLab();
const DEMO = fileURLToPath(new URL('../../sdn-app/cli/demo.js', import.meta.url));
const LOAD = ['--rate', '300', '--flows', '50', '--entries', '2000'];

t.test('each strategy in turn', { skip }, async (t) => {
  const before = await machine();
  const said = await run(process.execPath, [DEMO, ...LOAD, '--strategy', 'all', '--json']);
  t.equal(said.code, 0, said.stderr);
  const { runs } = reportSeriesSchema.parse(JSON.parse(said.stdout));
  t.same(
    runs.map(({ strategy }) => strategy),
    ['statelet', 'duplicate'],
  );
  for (const { strategy, guarantees, traffic, migration } of runs) {
    t.equal(migration.state, 'completed', strategy);
    t.same(guarantees, ['loss-free', 'order-preserving']);
    const { lost, duplicated, reordered, translationsChanged, tcp } = traffic;
    t.same(
      { lost, duplicated, reordered, translationsChanged, tcp: tcp.survived },
      {
        ...{ lost: 0, duplicated: 0, reordered: 0, translationsChanged: 0, tcp: true },
      },
    );
    t.ok((traffic.offered ?? 0) > 1000, 'there was traffic');
    const factor = migration.stateletFactor ?? NaN;
    if (strategy === 'duplicate') t.ok(factor > 1, `every packet was copied: ${factor}`);
    else t.ok(factor < 0.5, `statelets are few: ${factor}`);
  }
  t.same(await machine(), before);
});

t.test('a strategy that there is not is refused before any load', { skip }, async (t) => {
  const said = await run(process.execPath, [DEMO, ...LOAD, '--strategy', 'teleport']);
  t.equal(said.code, 1);
  t.match(said.stderr, /error STRATEGY_UNKNOWN: .*statelet, duplicate/);
});
