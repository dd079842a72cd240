// Options that the demo of recoveries does not have are refused, wherever they stand.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const DEMO = fileURLToPath(new URL('../../../../sdn-app/cli/demo.js', import.meta.url));
const run = (...args: string[]) =>
  spawnSync(process.execPath, [DEMO, ...args], { encoding: 'utf8' });

t.test('before and behind its name', (t) => {
  t.match(run('--runs', '5', 'recovery'), { status: 1, stderr: /CONFIG_INVALID: --runs .*before/ });
  t.match(run('recovery', '--size', '100'), { status: 2, stderr: /--size/ });
  t.end();
});

t.test('its help shows its own alone', (t) => {
  const { status, stdout } = run('recovery', '--help');
  t.equal(status, 0);
  t.match(stdout, /--mechanisms/);
  t.notMatch(stdout, /--size/);
  t.end();
});
