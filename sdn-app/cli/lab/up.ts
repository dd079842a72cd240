/** Brings a lab up from a topology file, until its VNFs serve. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FerryError } from '../../contract/errors.js';
import { loadTopology } from '../../contract/load.js';
import { nfDefinition } from '../../contract/nf.js';
import type { Topology } from '../../contract/topology.js';
import { FerryApi } from '../api.js';
import { AGENT_PROGRAM, LAB_DIR, LAST_LOGS, NATIVE_ADDON } from '../paths.js';
import { readJournal } from './journal.js';
import { requireFree } from './ports.js';
import { removeLab, requireRoot, runLab } from './program.js';

/** Everything starts within a few seconds; a busy machine gets many times that. */
const READY_MS = 60_000;
const POLL_MS = 50;

export interface LabPlan {
  file: string;
  openflowPort: number;
  httpPort: number;
}

export interface Lab {
  id: string;
  /** Of its controller. */
  url: string;
}

/** @throws FerryError, or what the signal was aborted with; then no lab is left. */
export async function bringUp(
  plan: LabPlan,
  onStep: (step: string) => void,
  signal?: AbortSignal,
): Promise<Lab> {
  const topology = await loadTopology(plan.file);
  requireRoot();
  if (existsSync(LAB_DIR)) throw new FerryError('LAB_RUNNING', `there is a lab in ${LAB_DIR}`);
  for (const program of [AGENT_PROGRAM, NATIVE_ADDON]) {
    if (!existsSync(program)) throw new FerryError('TOOL_MISSING', `${program} is not built`);
  }
  requireLibraries(topology);
  await requireFree(plan.openflowPort, '--openflow-port');
  await requireFree(plan.httpPort, '--http-port');
  const folder = await mkdtemp(join(tmpdir(), 'ferry-lab-'));
  try {
    // Complete, with paths that hold wherever the lab keeps it.
    const complete = join(folder, 'topology.json');
    await writeFile(complete, JSON.stringify(topology));
    return await build(plan, complete, onStep, signal);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function build(
  plan: LabPlan,
  file: string,
  onStep: (step: string) => void,
  signal: AbortSignal | undefined,
): Promise<Lab> {
  const options = ['--topology', file, '--topology-name', resolve(plan.file)];
  options.push('--node', process.execPath);
  options.push('--openflow-port', String(plan.openflowPort));
  options.push('--http-port', String(plan.httpPort));
  const url = `http://127.0.0.1:${plan.httpPort}`;
  // Until it is up, the lab program removes by itself what it has made.
  await runLab(options, onStep, signal);
  const { labId: id } = await readJournal();
  try {
    onStep('ready');
    await waitReady(new FerryApi(url), id, signal);
  } catch (error) {
    if (await isRunning(id)) await removeLab(id);
    throw error;
  }
  return { id, url };
}

/** Hosts of a lab have this machine's files: better said now than by an agent. */
function requireLibraries({ vnfs }: Topology): void {
  for (const [name, { kind, config }] of Object.entries(vnfs)) {
    for (const { path, field } of nfDefinition(kind).libraries?.(config) ?? []) {
      if (existsSync(path)) continue;
      throw new FerryError(
        'PLUGIN_UNREADABLE',
        `there is no ${path}`,
        `vnfs.${name}.config.${field}`,
      );
    }
  }
}

/** False when somebody has removed it meanwhile. */
async function isRunning(id: string): Promise<boolean> {
  return readJournal().then(
    ({ labId }) => labId === id,
    () => false,
  );
}

async function waitReady(
  api: FerryApi,
  id: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = performance.now() + READY_MS;
  let missing = 'the controller';
  while (performance.now() < deadline) {
    missing = await whatIsMissing(api);
    if (missing === '') return;
    signal?.throwIfAborted();
    if (!(await isRunning(id))) {
      throw new FerryError('LAB_NOT_RUNNING', 'the lab was removed before it was ready');
    }
    await sleep(POLL_MS);
  }
  throw new FerryError('LAB_FAILED', `${missing} did not get ready; logs are in ${LAST_LOGS}`);
}

async function whatIsMissing(api: FerryApi): Promise<string> {
  try {
    const [health, vnfs] = await Promise.all([api.health(), api.vnfs()]);
    if (health.switches.connected < health.switches.declared) return 'a switch';
    if (health.hosts.connected < health.hosts.declared) return 'an agent';
    const waiting = vnfs.find((vnf) => vnf.state !== 'serving');
    if (waiting === undefined) return '';
    return `VNF ${waiting.name} (${waiting.state}${waiting.reason ? `: ${waiting.reason}` : ''})`;
  } catch (error) {
    return error instanceof FerryError ? `the controller (${error.message})` : String(error);
  }
}
