// Spread and ratios of samples, and what the command says to bad arguments.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ratio, spread } from '../../bench/bench.js';
import { printable } from '../../bench/print.js';

const main = fileURLToPath(new URL('../../bench/main.js', import.meta.url));

t.test('spread is the lowest, the middle and the highest sample', (t) => {
  t.same(spread([3, 1, 2]), { min: 1, median: 2, max: 3 });
  t.same(spread([10, 4, 1, 100]), { min: 1, median: 7, max: 100 });
  t.same(spread([5]), { min: 5, median: 5, max: 5 });
  t.end();
});

t.test('a ratio is made round by round', (t) => {
  const of = { name: 'a', unit: '', samples: [10, 30] };
  const to = { name: 'b', unit: '', samples: [20, 10] };
  t.same(ratio(of, to), { name: 'a / b', samples: [0.5, 3] });
  t.same(ratio(of, to, { atLeast: 1 }).aim, { atLeast: 1 });
  t.end();
});

t.test('the printed table says whether an aim was reached', (t) => {
  const text = printable(
    'nat',
    {
      series: [{ name: 'rate', unit: 'packets/s', samples: [1_234_567.8, 1, 2] }],
      ratios: [
        { name: 'slow', samples: [0.5, 2, 0.7], aim: { atLeast: 1 } },
        { name: 'fast', samples: [1.5], aim: { atLeast: 1 } },
        { name: 'dear', samples: [1.5], aim: { atMost: 1.05 } },
      ],
    },
    { kernel: '6.18', cpus: 2, cpuModel: 'model', stealPercent: 0.04, loadBefore: 1 },
  );
  t.match(text, /rate .* 1 .* 2 .* 1,234,568 .* packets\/s/);
  t.match(text, /slow .* 0\.5000 .* 0\.7000 .* 2 .* aim: at least 1, missed/);
  t.match(text, /fast .* 1\.50 .* 1\.50 .* 1\.50 .* aim: at least 1, reached/);
  t.match(text, /dear .* aim: at most 1\.05, missed/);
  t.end();
});

t.test('the command refuses what it does not know', (t) => {
  const bench = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  t.match(bench('--help'), {
    status: 0,
    stdout: /nat .*\n +codec .*\n +controller .*\n +snapshot /,
  });
  t.match(bench(), { status: 2, stderr: /^BENCH_USAGE: NAME/ });
  t.match(bench('dance'), { status: 2, stderr: /^BENCH_USAGE: NAME: there is no .*'dance'/ });
  t.match(bench('nat', 'more'), { status: 2, stderr: /^BENCH_USAGE/ });
  t.match(bench('nat', '--rounds', '0'), { status: 2, stderr: /^BENCH_USAGE: --rounds/ });
  t.match(bench('nat', '--colour'), { status: 2, stderr: /^BENCH_USAGE/ });
  t.end();
});
