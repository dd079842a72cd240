import t from 'tap';
import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chaosScript, type ChaosStep } from '../../../../sdn-app/contract/chaos.js';
import { loadTopology, parseTopology } from '../../../../sdn-app/contract/load.js';
import { DEFAULT_TOPOLOGY } from '../../../../sdn-app/cli/paths.js';
import { randomScript } from '../../../../sdn-app/cli/chaos/random.js';
import { play } from '../../../../sdn-app/cli/chaos/play.js';
import { FerryApi } from '../../../../sdn-app/cli/api.js';

const text = readFileSync(DEFAULT_TOPOLOGY, 'utf8');
const withChaos = (steps: string) => parseTopology(`${text}\nchaos:\n${steps}`, 'test');

t.test('a script names what the topology has', (t) => {
  const { chaos } = withChaos(`
  - { fault: kill, process: nat1 }
  - { fault: stop, process: agent-host2, forMs: 100, afterMs: 50 }
  - { fault: cutLink, host: host1, network: inside, forMs: 100 }
  - { fault: dropHost, host: host1, forMs: 100 }
  - { fault: fillDisk, process: controller, forMs: 100 }
  - { fault: restartOvs }`);
  t.equal(chaos.length, 6);
  t.match(chaos[0], { fault: 'kill', process: 'nat1', afterMs: 0 });
  const code = 'TOPOLOGY_UNKNOWN_REFERENCE';
  const refused: [string, string][] = [
    ['{ fault: kill, process: nat2 }', 'process'],
    ['{ fault: kill, process: agent-client }', 'process'],
    ['{ fault: dropHost, host: host3, forMs: 100 }', 'host'],
    ['{ fault: cutLink, host: client, network: outside, forMs: 100 }', 'network'],
  ];
  for (const [step, field] of refused) {
    t.throws(() => withChaos(`  - ${step}`), { code, field: `chaos.0.${field}` }, step);
  }
  const invalid = { code: 'TOPOLOGY_INVALID' };
  t.throws(() => withChaos('  - { fault: melt, process: nat1 }'), invalid);
  t.throws(() => withChaos('  - { fault: kill, process: nat1, forMs: 100 }'), invalid);
  t.throws(() => withChaos('  - { fault: stop, process: nat1 }'), invalid, 'for how long?');
  t.end();
});

t.test('a random script follows from its seed, and passes the checks', async (t) => {
  const topology = await loadTopology(DEFAULT_TOPOLOGY);
  const script = randomScript(topology, 200, 7);
  t.equal(script.length, 200);
  t.same(randomScript(topology, 200, 7), script);
  t.notSame(randomScript(topology, 200, 8), script);
  t.same(chaosScript.parse(script), script);
  const kinds = new Set(script.map(({ fault }) => fault));
  t.same(
    [...kinds].sort(),
    ['cutLink', 'dropHost', 'fillDisk', 'kill', 'restartOvs', 'stop'],
    'every fault that ends by itself',
  );
  const block = script.map((step) => `  - ${JSON.stringify(step)}`).join('\n');
  t.equal(withChaos(block).chaos.length, 200);
});

t.test('a step that cannot be done is told, and the script goes on', async (t) => {
  const topology = await loadTopology(DEFAULT_TOPOLOGY);
  const api = new FerryApi('http://127.0.0.1:9');
  const script: ChaosStep[] = [
    { fault: 'kill', process: 'nat1', afterMs: 0 },
    { fault: 'kill', process: 'nat1', afterMs: 1 },
  ];
  const told: string[] = [];
  const steps = await play(script, { topology, api }, ({ fault }) => told.push(fault));
  t.same(told, ['kill', 'kill']);
  t.match(steps, [{ target: 'nat1', failure: /CONTROLLER_UNREACHABLE/ }, { failure: /./ }]);
});

t.test('without a lab it says so', async (t) => {
  const ferry = fileURLToPath(new URL('../../../../../sdn-app/cli/ferry.mjs', import.meta.url));
  // A namespace without /run: a lab of somebody's is not met.
  const inside = ['--mount', 'sh', '-c', `mount -t tmpfs none /run && exec node ${ferry} chaos`];
  const child = spawn('unshare', inside, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  t.equal(code, 1);
  t.match(said, /LAB_NOT_RUNNING/);
});
