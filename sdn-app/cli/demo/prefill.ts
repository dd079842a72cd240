/** Fills the VNF's table before a run, so that its snapshot is as large as was asked for. */
import { FerryError } from '../../contract/errors.js';
import type { VnfResource } from '../../contract/rest.js';
import type { DemoLab } from './migration-run.js';
import type { TrafficPair } from './traffic-pair.js';

/** Of all instances that serve it, each once. */
function entriesOf({ instance, stats, parts }: VnfResource): number {
  const others = parts.filter((part) => part.instance !== instance);
  const each = new Map(others.map((part) => [part.instance, part.entries ?? 0]));
  return [...each.values()].reduce((sum, entries) => sum + entries, stats?.entries ?? 0);
}

/** The flows of the run are entries too; they come with its first packets. */
export async function fillTable({ api, load }: DemoLab, pair: TrafficPair): Promise<void> {
  const wanted = load.entries - load.flows;
  if (wanted <= 0) return;
  const entries = async () => entriesOf(await api.vnf(load.vnf));
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
