// Every strategy once under load, in one lab: each holds what it promises. Where no criu works,
// `freeze` is rolled back before anything stands still.
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { reportSeriesSchema } from '../../sdn-app/contract/report.js';
import { findCriu } from '../../vnf-host/checkpoint/probe.js';
import { cannotRunLab, run } from './ferry-command.js';
import { machine } from './machine.js';

const skip = cannotRunLab();
const DEMO = fileURLToPath(new URL('../../sdn-app/cli/demo.js', import.meta.url));
const criu = (await findCriu()) !== undefined;
const LOAD = ['--rate', '300', '--flows', '50', '--entries', '2000'];

t.test('each strategy in turn', { skip }, async (t) => {
  const before = await machine();
  const said = await run(process.execPath, [DEMO, ...LOAD, '--strategy', 'all', '--json']);
  const { runs } = reportSeriesSchema.parse(JSON.parse(said.stdout));
  t.same(
    runs.map(({ strategy }) => strategy),
    ['statelet', 'duplicate', 'move', 'freeze'],
  );
  t.equal(said.code, criu ? 0 : 5, said.stderr);
  for (const { strategy, guarantees, traffic, migration } of runs) {
    if (strategy === 'freeze') continue;
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
    if (strategy === 'move') {
      t.ok((migration.peakBufferedPackets ?? 0) > 10, 'packets waited at the controller');
      t.ok((migration.frozenMs ?? 0) > 0, 'nobody served meanwhile');
      continue;
    }
    const factor = migration.stateletFactor ?? NaN;
    if (strategy === 'duplicate') t.ok(factor > 1, `every packet was copied: ${factor}`);
    else t.ok(factor < 0.5, `statelets are few: ${factor}`);
  }
  const frozen = runs[3];
  t.equal(frozen?.migration.state, criu ? 'completed' : 'rolledBack');
  const { duplicated, reordered, translationsChanged } = frozen?.traffic ?? {};
  t.same([duplicated, reordered, translationsChanged], [0, 0, 0]);
  if (criu) {
    t.same(frozen?.guarantees, ['order-preserving', 'no-buffering']);
    t.ok((frozen?.traffic.lost ?? 0) > 0, 'what came meanwhile is lost, and counted');
    t.ok((frozen?.migration.frozenMs ?? 0) > 50);
  } else {
    t.equal(frozen?.traffic.lost, 0, 'nothing was frozen');
  }
  t.same(await machine(), before);
});

t.test('a strategy that there is not is refused before any load', { skip }, async (t) => {
  const said = await run(process.execPath, [DEMO, ...LOAD, '--strategy', 'teleport']);
  t.equal(said.code, 1);
  t.match(said.stderr, /error STRATEGY_UNKNOWN: .*statelet, duplicate/);
});
