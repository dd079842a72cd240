/** The lab's journal as the command line reads it; mininet/state.py writes it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FerryError } from '../../contract/errors.js';
import { LAB_DIR } from '../paths.js';

const processIdentity = z.object({ pid: z.int().min(1), startTime: z.int().min(0) });
export type ProcessIdentity = z.infer<typeof processIdentity>;

const labJournal = z.object({
  version: z.literal(1),
  labId: z.string(),
  phase: z.enum(['starting', 'up', 'stopping']),
  topology: z.string(),
  topologyFile: z.string(),
  openflowPort: z.int(),
  httpPort: z.int(),
  process: processIdentity,
  /** False when it ran before the lab. */
  ovsStarted: z.boolean(),
  hosts: z.record(z.string(), processIdentity),
  programs: z.record(z.string(), processIdentity),
});
export type LabJournal = z.infer<typeof labJournal>;

/** @throws FerryError LAB_NOT_RUNNING when there is no lab. */
export async function readJournal(): Promise<LabJournal> {
  let text: string;
  try {
    text = await readFile(join(LAB_DIR, 'state.json'), 'utf8');
  } catch {
    throw new FerryError('LAB_NOT_RUNNING', `there is no lab in ${LAB_DIR}`);
  }
  const journal = labJournal.safeParse(safeJson(text));
  if (!journal.success) throw new FerryError('LAB_FAILED', `${LAB_DIR}/state.json is damaged`);
  return journal.data;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True while this very process lives, not another one with the same number. */
export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${process.pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] !== 'Z' && Number(fields[19]) === process.startTime;
  } catch {
    return false;
  }
}
