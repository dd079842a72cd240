/** A lab for as long as something runs in it: removed at the end, on an error and on ^C. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { FerryError } from '../../contract/errors.js';
import type { Topology } from '../../contract/topology.js';
import { catchSignals } from '../interrupt.js';
import { labTraces, leftovers } from '../lab/leftovers.js';
import { freePort, HTTP_PORT, OPENFLOW_PORT } from '../lab/ports.js';
import { removeLab } from '../lab/program.js';
import { bringUp } from '../lab/up.js';

/** The same with a topology that is in no file. */
export async function withLabOf<T>(
  topology: Topology,
  onStep: (step: string) => void,
  body: (url: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'ferry-lab-'));
  try {
    const file = join(directory, 'topology.yaml');
    await writeFile(file, stringify(topology));
    return await withLab(file, onStep, body);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** @throws FerryError LAB_FAILED when something of the lab is left after it. */
export async function withLab<T>(
  file: string,
  onStep: (step: string) => void,
  body: (url: string) => Promise<T>,
): Promise<T> {
  const interrupt = catchSignals();
  try {
    const openflowPort = await freePort(OPENFLOW_PORT);
    const httpPort = await freePort(HTTP_PORT);
    const { id, url } = await bringUp({ file, openflowPort, httpPort }, onStep, interrupt.signal);
    const traces = await labTraces();
    try {
      return await Promise.race([body(url), interrupt.raised]);
    } finally {
      onStep('remove');
      await removeLab(id);
      const left = await leftovers(traces);
      if (left.length > 0) {
        // In place of what the body threw: a dirty machine is the graver fault.
        throw new FerryError('LAB_FAILED', `not removed: ${left.join(', ')}`);
      }
    }
  } finally {
    interrupt.release();
  }
}
