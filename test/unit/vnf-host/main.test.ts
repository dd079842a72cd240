import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { TestController } from './support/controller.js';

const MAIN = fileURLToPath(new URL('../../../vnf-host/main.js', import.meta.url));
const URL_NOWHERE = 'ws://127.0.0.1:9/v1/agents';

t.test('the command line: help, and faults with a code and what to do', (t) => {
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { status, stdout, stderr };
  };
  t.match(run('--help'), { status: 0, stdout: /Usage: .*\n[^]*Example:/ });
  t.match(run('--host', 'host1'), { status: 2, stderr: /^error CONFIG_INVALID: .*controllerUrl/ });
  t.match(run('--hots', 'host1'), { status: 2, stderr: /^error CONFIG_INVALID: .*--hots/ });
  const full = ['--host', 'host1', '--controller', URL_NOWHERE, '--run-dir'];
  t.match(run(...full, '/dev/null/none'), { status: 1, stderr: /^error CONFIG_INVALID: .*runDir/ });
  t.end();
});

t.test('it runs until SIGTERM, and gives its run directory back', async (t) => {
  const controller = await TestController.listen();
  t.teardown(() => controller.close());
  const parent = mkdtempSync(join(tmpdir(), 'fyag-'));
  t.teardown(() => rmSync(parent, { recursive: true }));
  const runDir = join(parent, 'host1');
  const args = ['--host', 'host1', '--controller', controller.url, '--run-dir', runDir];
  const agent = spawn(process.execPath, [MAIN, ...args], { stdio: 'ignore' });
  t.teardown(() => agent.kill('SIGKILL'));
  const hello = await controller.next('hello');
  t.match(hello, { protocol: 1, host: 'host1', version: /^\d+\.\d+\.\d+/, instances: [] });
  t.same(readdirSync(runDir), ['agent.lock']);
  agent.kill('SIGTERM');
  const [code] = (await once(agent, 'exit')) as [number | null];
  t.equal(code, 0);
  t.same(readdirSync(runDir), []);
});
