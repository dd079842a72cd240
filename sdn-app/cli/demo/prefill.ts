/** Fills the VNF's table before a run, so that its snapshot is as large as was asked for. */
import { FerryError } from '../../contract/errors.js';
import type { DemoLab } from './migration-run.js';
import type { TrafficPair } from './traffic-pair.js';

/** The flows of the run are entries too; they come with its first packets. */
export async function fillTable({ api, load }: DemoLab, pair: TrafficPair): Promise<void> {
  const wanted = load.entries - load.flows;
  if (wanted <= 0) return;
  const entries = async (): Promise<number> => (await api.vnf(load.vnf)).stats?.entries ?? 0;
  const held = await entries();
  // Entries of an earlier run are still there unless their timeout has passed.
  if (held >= load.entries) return;
  await pair.prefill(wanted);
  const now = await entries();
  if (now < wanted) {
    const message = `${load.vnf} holds ${now} entries after ${wanted} were made`;
    throw new FerryError('LAB_FAILED', message, '--entries');
  }
}
