/** A lab for as long as something runs in it: removed at the end, on an error and on ^C. */
import { FerryError } from '../../contract/errors.js';
import { catchSignals } from '../interrupt.js';
import { labTraces, leftovers } from '../lab/leftovers.js';
import { freePort, HTTP_PORT, OPENFLOW_PORT } from '../lab/ports.js';
import { removeLab } from '../lab/program.js';
import { bringUp } from '../lab/up.js';

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
