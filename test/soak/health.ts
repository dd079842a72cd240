/** Whether a lab is whole again, and what it holds that might pile up. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readJournal } from '../../sdn-app/cli/lab/journal.js';
import { LAB_DIR } from '../../sdn-app/cli/paths.js';
import { FerryError } from '../../sdn-app/contract/errors.js';
import { instanceProcesses } from '../fault/processes.js';
import type { SoakLab } from './situation.js';

/** Far more than anything takes: longer means that somebody would have to help. */
const PATIENCE_MS = 60_000;
const POLL_MS = 200;

/** Resolves when the VNF serves with all of its redundancy and nothing is under way; else why not. */
export async function untilWhole(lab: SoakLab): Promise<string | undefined> {
  const deadline = performance.now() + PATIENCE_MS;
  let why = '';
  do {
    why = await whyNotWhole(lab);
    if (why === '') return undefined;
    await sleep(POLL_MS);
  } while (performance.now() < deadline);
  return `not whole after ${PATIENCE_MS / 1000} s: ${why}`;
}

async function whyNotWhole({ api, topology, vnf }: SoakLab): Promise<string> {
  try {
    const { state, redundancy } = await api.vnf(vnf);
    if (state !== 'serving') return `${vnf} is ${state}`;
    if (redundancy && redundancy.state !== 'ready') {
      return `its redundancy is ${redundancy.state}: ${redundancy.reason ?? ''}`;
    }
    const running = (await api.migrations()).find(({ endedAt }) => endedAt === null);
    if (running !== undefined) return `migration ${running.id} is ${running.state}`;
    const away = (await api.hosts()).find(({ connected }) => !connected);
    if (away !== undefined) return `the agent of ${away.name} is away`;
    const expected = redundancy ? 2 : 1;
    const instances = (await api.hosts()).flatMap((host) => host.instances);
    if (instances.length !== expected * Object.keys(topology.vnfs).length) {
      return `there are instances ${instances.join(', ')}`;
    }
    return '';
  } catch (error) {
    if (error instanceof FerryError) return error.message;
    throw error;
  }
}

/** Counts that go back to where they were after every fault. */
export interface Holdings {
  flows: number;
  groups: number;
  processes: number;
  files: number;
  controllerKb: number;
}

export async function holdingsOf({ topology }: SoakLab): Promise<Holdings> {
  const [name = ''] = Object.keys(topology.switches);
  const { programs } = await readJournal();
  const status = await readFile(`/proc/${programs['controller']?.pid ?? 0}/status`, 'utf8');
  return {
    flows: await countLines(['dump-flows', name], 'cookie='),
    groups: await countLines(['dump-groups', name], 'group_id='),
    processes: (await instanceProcesses()).length,
    files: await countFiles(),
    controllerKb: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0),
  };
}

async function countLines(words: readonly string[], mark: string): Promise<number> {
  const { stdout } = await promisify(execFile)('ovs-ofctl', ['-O', 'OpenFlow13', ...words]);
  return stdout.split('\n').filter((line) => line.includes(mark)).length;
}

/** What instances leave in the hosts' run directories; checkpoints have their own bound. */
async function countFiles(): Promise<number> {
  const { hosts } = await readJournal();
  const counts = Object.keys(hosts).map(async (host) => {
    const names = await readdir(join(LAB_DIR, 'hosts', host)).catch(() => []);
    return names.filter((name) => name !== 'checkpoints').length;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
