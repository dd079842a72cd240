// The VPN concentrator, in node and on real interfaces, against scapy's and tshark's ESP.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { Instance, type InstanceOptions } from '../../../native/index.js';

const script = fileURLToPath(
  new URL('../../../../test/unit/native/esp_interop.py', import.meta.url),
);
const PYTHON = '/usr/bin/python3';
const host = `fye-n${process.pid}`;
/** Here the instance is; its far ends, fye0p and fye1p, are in the host of scapy. */
const interfaces = [`fye0${process.pid % 100_000}`, `fye1${process.pid % 100_000}`] as const;

const tunnels = [true, false].map((extendedSequence, i) => ({
  remote: '203.0.113.9',
  localNet: '10.0.0.0/24',
  remoteNet: `10.2.${i}.0/24`,
  extendedSequence,
  out: { spi: 0x1001 + i, key: `0${i + 1}a5`.repeat(i === 0 ? 10 : 18) },
  in: { spi: 0x2001 + i, key: `0${i + 1}5a`.repeat(i === 0 ? 10 : 18) },
}));
const config = {
  inside: { mac: '02:fe:00:00:0e:01', address: '10.0.0.1/24' },
  outside: { mac: '02:fe:00:00:0e:02', address: '203.0.113.1/24' },
  tunnels,
};

const ip = (...args: string[]): void => {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

function tearDown(): void {
  try {
    ip('netns', 'del', host);
  } catch {
    // It was never made.
  }
}

const noScapy = !existsSync('/usr/lib/python3/dist-packages/scapy');
if (process.getuid?.() !== 0 || noScapy) {
  t.pass('skipped: needs root and scapy', { skip: 'no root, or no python3-scapy' });
} else {
  t.teardown(tearDown);
  ip('netns', 'add', host);
  for (const [i, name] of interfaces.entries()) {
    ip('link', 'add', name, 'type', 'veth', 'peer', 'name', `fye${i}p`, 'netns', host);
    ip('link', 'set', name, 'up');
    ip('-n', host, 'link', 'set', `fye${i}p`, 'up');
  }
  const options: InstanceOptions = {
    kind: 'esp',
    config,
    ports: [config.inside, config.outside].map(({ mac }, i) => ({
      interface: interfaces[i] ?? '',
      mac,
    })),
    role: 'serving',
  };
  const instance = new Instance(options, () => undefined);
  t.teardown(() => instance.stop());
  instance.start();

  const run = spawnSync(
    'ip',
    ['netns', 'exec', host, PYTHON, script, 'fye0p', 'fye1p', JSON.stringify(config)],
    { encoding: 'utf8', timeout: 200_000 },
  );
  const results = run.stdout.split('\n').filter((line) => /^(not )?ok /.test(line));
  if (run.status !== 0) t.comment(run.stderr);
  t.equal(results.length, 3 + 3 * tunnels.length, 'everything was tried');
  for (const line of results) t.ok(line.startsWith('ok '), line);
  t.equal(run.status, 0, 'both are content');
}
