import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { Certificates } from '../switch/certificates.js';
import { FakeSwitch } from '../switch/fake-switch.js';

const ferry = fileURLToPath(new URL('../../../../sdn-app/cli/ferry.mjs', import.meta.url));
const anywhere = ['controller', '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0'];

/** Exit code and what is said of the error. */
function fails(args: string[]): Promise<{ code: unknown; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [ferry, ...anywhere, ...args], (error, _stdout, stderr) => {
      resolve({ code: error?.code, stderr });
    });
  });
}

t.test('ferry controller by TLS', { timeout: 120_000 }, async (t) => {
  const made = await Certificates.make(t);
  const authority = await made.issue('authority');
  const own = await made.issue('controller', authority);
  const known = await made.issue('switch', authority);
  const options = ['--tls-cert', own.cert, '--tls-key', own.key, '--tls-ca', authority.cert];

  await t.test('serves a switch that shows its certificate', async (t) => {
    const child = spawn(process.execPath, [ferry, ...anywhere, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.teardown(() => child.kill('SIGKILL'));
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const port = Number(/OpenFlow by TLS on 127\.0\.0\.1:(\d+),/.exec(line)?.[1]);
    const tls = {
      key: readFileSync(known.key),
      cert: readFileSync(known.cert),
      ca: readFileSync(authority.cert),
    };
    const fake = new FakeSwitch(port, { tls });
    t.teardown(() => fake.destroy());
    await fake.known();
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    t.same(await exited, [0, null]);
  });

  await t.test('says which file cannot be used', async (t) => {
    const { code, stderr } = await fails([...options, '--tls-key', known.key]);
    t.equal(code, 1);
    t.match(stderr, /^error TLS_INVALID: .*switch\.key is not the key of .*controller\.pem/);
    t.match(stderr, /openflow\.tls\.key/);
  });

  await t.test('says which option is missing', async (t) => {
    for (const [args, field] of [
      [['--tls-cert', own.cert], '--tls-key'],
      [['--tls-ca', authority.cert], '--tls-cert'],
      [['--no-client-cert'], '--tls-cert'],
    ] as const) {
      const { code, stderr } = await fails([...args]);
      t.equal(code, 2);
      t.match(stderr, `(${field})`);
    }
  });
});
