/** What the lab of this machine consists of, and whether all of it lives. */
import { join } from 'node:path';
import type { VnfResource } from '../../contract/rest.js';
import { FerryApi } from '../api.js';
import { LAB_DIR } from '../paths.js';
import { isAlive, readJournal, type ProcessIdentity } from './journal.js';

interface ProcessStatus {
  name: string;
  pid: number;
  alive: boolean;
}

export interface LabStatus {
  phase: string;
  /** False when the lab's own process is dead: `lab down` removes the rest. */
  kept: boolean;
  topology: string;
  topologyFile: string;
  url: string;
  openflow: string;
  logs: string;
  hosts: ProcessStatus[];
  programs: ProcessStatus[];
  /** Null while the controller does not answer. */
  vnfs: VnfResource[] | null;
}

/** @throws FerryError LAB_NOT_RUNNING. */
export async function labStatus(): Promise<LabStatus> {
  const journal = await readJournal();
  const url = `http://127.0.0.1:${journal.httpPort}`;
  return {
    phase: journal.phase,
    kept: await isAlive(journal.process),
    topology: journal.topology,
    topologyFile: journal.topologyFile,
    url,
    openflow: `127.0.0.1:${journal.openflowPort}`,
    logs: join(LAB_DIR, 'logs'),
    hosts: await statusOf(journal.hosts),
    programs: await statusOf(journal.programs),
    vnfs: await new FerryApi(url).vnfs().catch(() => null),
  };
}

function statusOf(processes: Record<string, ProcessIdentity>): Promise<ProcessStatus[]> {
  return Promise.all(
    Object.entries(processes).map(async ([name, process]) => ({
      name,
      pid: process.pid,
      alive: await isAlive(process),
    })),
  );
}
