// Endpoint processes in two namespaces of this test's own, joined by a bridge in a third one.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { prefillAll, runTraffic, TrafficProcess } from '../../../native/traffic-process.js';
import { combine } from '../../../native/traffic-report.js';
import type { EndpointStats } from '../../../native/traffic-schema.js';

const client = `fyt-c${process.pid}`;
const server = `fyt-s${process.pid}`;
const wire = `fyt-w${process.pid}`;
const entry = fileURLToPath(new URL('../../../native/traffic-endpoint.js', import.meta.url));

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function inHost(host: string): string[] {
  return ['ip', 'netns', 'exec', host];
}

function tearDown(): void {
  for (const host of [client, server, wire]) {
    try {
      ip('netns', 'del', host);
    } catch {
      // It was never made.
    }
  }
}

const common = {
  runId: process.pid,
  serverAddress: '10.9.0.2',
  flows: 40,
  ratePps: 4_000,
  packetBytes: 200,
  durationMs: 500,
};
const clientOptions = {
  role: 'client',
  interface: 'fyt0',
  clientAddress: '10.9.1.1',
  nextHop: '10.9.0.2',
  ...common,
} as const;
const serverOptions = { role: 'server', interface: 'fyt0', ...common } as const;

t.teardown(tearDown);

async function openBoth(
  t: Test,
  changes: Partial<typeof common> = {},
  onStats?: (stats: EndpointStats) => void,
): Promise<[TrafficProcess, TrafficProcess]> {
  const far = await TrafficProcess.open(inHost(server), { ...serverOptions, ...changes });
  t.teardown(() => far.close());
  const near = await TrafficProcess.open(inHost(client), { ...clientOptions, ...changes }, onStats);
  t.teardown(() => near.close());
  return [near, far];
}

if (process.getuid?.() !== 0) {
  t.pass('skipped: namespaces need root', { skip: 'not root' });
} else {
  ip('netns', 'add', wire);
  ip('-n', wire, 'link', 'add', 'fytbr', 'type', 'bridge');
  ip('-n', wire, 'link', 'set', 'fytbr', 'up');
  for (const [host, port] of [
    [client, 'fytc'],
    [server, 'fyts'],
  ] as const) {
    ip('netns', 'add', host);
    ip('link', 'add', 'fyt0', 'netns', host, 'type', 'veth', 'peer', 'name', port, 'netns', wire);
    ip('-n', host, 'link', 'set', 'fyt0', 'up');
    ip('-n', wire, 'link', 'set', port, 'master', 'fytbr', 'up');
  }

  t.test('back to back, everything offered is delivered', async (t) => {
    const live: EndpointStats[] = [];
    const [near, far] = await openBoth(t, {}, (stats) => live.push(stats));
    await prefillAll(near, far, 3_000, 20_000);
    const report = await runTraffic(near, far);
    t.ok(report.offered > 0);
    t.equal(report.delivered, report.offered);
    t.match(report, {
      lost: 0,
      duplicated: 0,
      reordered: 0,
      corrupted: 0,
      translationsChanged: 0,
      endpointDrops: 0,
      flows: 40,
      packetBytes: 200,
      ratePps: 4_000,
    });
    t.ok(report.latency.p50Us !== null && report.latency.p50Us > 0);
    t.ok((report.latency.maxUs ?? 0) >= (report.latency.p50Us ?? Infinity));
    t.ok(
      live.some((stats) => stats.phase === 'sending' && stats.received > 0),
      'live counters',
    );
    t.equal((await far.end()).report.prefillReceived, 3_000);
  });

  t.test('what the way loses is counted exactly', async (t) => {
    const nft = (rules: string) =>
      execFileSync('ip', ['netns', 'exec', wire, 'nft', '-f', '-'], { input: rules });
    nft(`table netdev fyt {
      counter dropped { }
      chain in {
        type filter hook ingress devices = { "fytc", "fyts" } priority 0;
        meta l4proto udp numgen random mod 50 < 1 counter name dropped drop
      }
    }`);
    t.teardown(() => nft('delete table netdev fyt'));
    const [near, far] = await openBoth(t, { durationMs: 800 });
    const report = await runTraffic(near, far);
    const listed = JSON.parse(
      execFileSync(
        'ip',
        ['netns', 'exec', wire, 'nft', '-j', 'list', 'counter', 'netdev', 'fyt', 'dropped'],
        { encoding: 'utf8' },
      ),
    ) as { nftables: { counter?: { packets: number } }[] };
    const dropped = listed.nftables.find((item) => item.counter)?.counter?.packets ?? 0;
    t.ok(dropped > 0);
    t.equal(report.lost, dropped);
    t.equal(report.delivered, report.offered - dropped);
    t.equal(report.duplicated + report.reordered + report.corrupted, 0);
  });

  t.test('a run that is stopped early is a whole account', async (t) => {
    const [near, far] = await openBoth(t, { durationMs: 60_000 }, (stats) => {
      if (stats.received < 100) return;
      near.stop();
      far.stop();
    });
    near.start();
    const report = combine(await near.end(), await far.end());
    t.ok(report.offered >= 200);
    t.equal(report.lost, 0);
    t.equal(report.delivered, report.offered);
  });

  t.test('two endpoints of different runs do not count each other', async (t) => {
    const far = await TrafficProcess.open(inHost(server), { ...serverOptions, runId: 1 });
    t.teardown(() => far.close());
    const near = await TrafficProcess.open(inHost(client), clientOptions);
    t.teardown(() => near.close());
    near.start();
    const sent = (await near.end()).report.sent;
    far.stop();
    const { report } = await far.end();
    t.equal(report.received, 0);
    t.equal(report.foreign, sent);
  });

  t.test('errors carry code and field, and nothing is left running', async (t) => {
    await t.rejects(TrafficProcess.open(inHost(client), { ...clientOptions, interface: 'none0' }), {
      code: 'INTERFACE_NOT_FOUND',
      field: 'interface',
    });
    const near = await TrafficProcess.open(inHost(client), clientOptions);
    await t.rejects(near.prefill([[5, 4]]), { code: 'TRAFFIC_OPTIONS', field: 'ranges' });
    await near.close();
    const lone = await TrafficProcess.open(inHost(client), {
      ...clientOptions,
      nextHop: '10.9.0.77',
    });
    lone.start();
    await t.rejects(lone.end(), { code: 'TRAFFIC_NEXT_HOP', field: 'nextHop' });
    await lone.close();
  });

  t.test('a line that is not a command is refused, and the exit code says so', async (t) => {
    const talk = async (...lines: string[]) => {
      const child = spawn('ip', [...inHost(client).slice(1), process.execPath, entry]);
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stdin.end(lines.map((line) => `${line}\n`).join(''));
      const [code] = (await once(child, 'close')) as [number];
      const said = out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { type: string; code?: string; field?: string });
      return { code, said };
    };
    const options = JSON.stringify(serverOptions);
    t.match(await talk('{"role":"server"}'), {
      code: 1,
      said: [{ type: 'error', code: 'TRAFFIC_OPTIONS' }],
    });
    t.match(await talk(JSON.stringify({ ...serverOptions, colour: 'blue' })), {
      code: 1,
      said: [{ type: 'error', code: 'TRAFFIC_OPTIONS' }],
    });
    t.match(await talk('nonsense'), { code: 1, said: [{ code: 'TRAFFIC_OPTIONS' }] });
    t.match(await talk('x'.repeat(300_000)), { code: 1, said: [{ code: 'LINE_TOO_LONG' }] });
    t.match(await talk(options, '{"do":"dance"}', '{"do":"start"}'), {
      code: 1,
      said: [
        { type: 'ready', role: 'server' },
        { type: 'error', code: 'TRAFFIC_COMMAND', field: 'do' },
        { type: 'error', code: 'TRAFFIC_STATE' },
      ],
    });
    t.match(await talk(options), { code: 0, said: [{ type: 'ready' }] });
  });
}
