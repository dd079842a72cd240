/** The lab that faults are tried on: one for all cases of a file, healthy again after each. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FerryApi } from '../../sdn-app/cli/api.js';
import { emulatedHosts, type EmulatedHosts } from '../../sdn-app/cli/demo/emulated-hosts.js';
import { nextHost } from '../../sdn-app/cli/demo/next-host.js';
import { readJournal } from '../../sdn-app/cli/lab/journal.js';
import { freePort, HTTP_PORT, OPENFLOW_PORT } from '../../sdn-app/cli/lab/ports.js';
import { DEFAULT_TOPOLOGY } from '../../sdn-app/cli/paths.js';
import { FerryError } from '../../sdn-app/contract/errors.js';
import { loadTopology } from '../../sdn-app/contract/load.js';
import type { MigrationState } from '../../sdn-app/contract/report.js';
import type { MigrationResource } from '../../sdn-app/contract/rest.js';
import type { Topology, TrafficSpec } from '../../sdn-app/contract/topology.js';
import { JOURNAL_PREFIX, migrationRecord } from '../../sdn-app/migration/record.js';
import { decodeRecord } from '../../sdn-app/store/record.js';
import { ferry, LAB_DIR } from '../lab/ferry-command.js';

export const VNF = 'nat1';
const ENDED: readonly MigrationState[] = ['completed', 'rolledBack', 'failed'];
/** As long as a busy machine may need; nothing is expected to take it. */
const PATIENCE_MS = 30_000;

export interface FaultLab {
  api: FerryApi;
  topology: Topology;
  load: TrafficSpec;
  hosts: EmulatedHosts;
  openflowPort: number;
}

/** A load of which a stall of the machine loses nothing. */
const LOAD = { ratePps: 4000, flows: 200, entries: 20_000, tcpBps: 0 };

export async function openFaultLab(): Promise<FaultLab> {
  const topology = await loadTopology(DEFAULT_TOPOLOGY);
  if (topology.traffic === undefined) throw new Error('the topology has no traffic');
  const load = { ...topology.traffic, ...LOAD };
  const [openflowPort, httpPort] = [await freePort(OPENFLOW_PORT), await freePort(HTTP_PORT)];
  const ports = ['--openflow-port', String(openflowPort), '--http-port', String(httpPort)];
  const up = await ferry('lab', 'up', DEFAULT_TOPOLOGY, ...ports);
  if (up.code !== 0) throw new Error(up.stderr);
  const api = new FerryApi(`http://127.0.0.1:${httpPort}`);
  return { api, topology, load, hosts: emulatedHosts(topology, load), openflowPort };
}

export async function closeFaultLab(): Promise<void> {
  await ferry('lab', 'down');
}

export const otherHost = (lab: FaultLab, host: string): string => nextHost(lab.topology, VNF, host);

/** Looks every `everyMs` until there is an answer; what the controller does not answer is none. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined>,
  everyMs = 20,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  let last = '';
  while (performance.now() < deadline) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof FerryError)) throw error;
      last = `: ${error.message}`;
    }
    await sleep(everyMs);
  }
  throw new Error(`${what} did not come about${last}`);
}

export function ended(lab: FaultLab, id: string): Promise<MigrationResource> {
  return eventually(`the end of ${id}`, async () => {
    const migration = await lab.api.migration(id);
    return ENDED.includes(migration.state) ? migration : undefined;
  });
}

/** The state that a controller which starts now would find: from the journal on disk. */
export async function journaledState(id: string): Promise<MigrationState | undefined> {
  const text = await readFile(join(LAB_DIR, 'controller', 'journal.jsonl'), 'utf8');
  const values = text.split('\n').flatMap((line) => decodeRecord(line)?.writes ?? []);
  const last = values.findLast(([key]) => key === `${JOURNAL_PREFIX}${id}`);
  return last === undefined ? undefined : migrationRecord.parse(last[1]).figures.state;
}

/** Pid of a program that the lab keeps running: `controller`, `agent-HOST`. */
export async function programPid(name: string): Promise<number> {
  const pid = (await readJournal()).programs[name]?.pid;
  if (pid === undefined) throw new Error(`the lab runs no ${name}`);
  return pid;
}
