/** How the switches steer before, while and after a migration moves everything or a part. */
import type { InstanceFlows } from '../contract/flow-filter.js';
import { partOf } from '../contract/part.js';
import type { Redirect, SteeringWish } from '../vnfs/steering-port.js';
import { withPartAt } from './part.js';
import type { MigrationRecord } from './record.js';
import type { Run } from './strategy.js';

export function redirectOf(record: MigrationRecord): Redirect {
  const { srcHost, destHost, destInst, token, srcGone, part } = record;
  const redirect = { srcHost, destHost, token, srcGone };
  if (part === null) return redirect;
  const { number, host } = part;
  return { ...redirect, shared: { number, host, parts: withPartAt(part, destHost, destInst) } };
}

/** Before the redirect. A part that moves has flows of its own already, which lead to srcInst. */
export function servingBefore(record: MigrationRecord): SteeringWish & { form: 'serving' } {
  const { srcHost, srcInst, part } = record;
  return part === null
    ? { form: 'serving', host: srcHost }
    : { form: 'serving', host: part.host, parts: withPartAt(part, srcHost, srcInst) };
}

/** `servingBefore` at the switches. */
export async function settleBefore({ migration, ports }: Run): Promise<void> {
  const { host, parts } = servingBefore(migration.record);
  await ports.steering.settle(migration.record.vnf, host, parts);
}

/** What instances are told of the part that moves; undefined: everything moves. */
export function flowsOf({ migration, ports }: Run): InstanceFlows | undefined {
  const { vnf, part } = migration.record;
  const spec = ports.topology.vnfs[vnf];
  return part === null || spec === undefined ? undefined : partOf(vnf, spec, part.flows).flows;
}

/** Once it is undone. */
export async function settleUndone({ migration, ports }: Run): Promise<void> {
  const { vnf, srcHost, part } = migration.record;
  await ports.steering.settle(vnf, part?.host ?? srcHost, part?.before);
}

/** Once destInst serves. */
export async function settleAfter({ migration, ports }: Run): Promise<void> {
  const { vnf, destHost, part } = migration.record;
  await ports.steering.settle(vnf, part?.host ?? destHost, part?.after);
}

/** True once srcInst may have been removed: from then on destInst's death is a crash like any other. */
export function isPlaced({ migration, ports }: Run): boolean {
  const { vnf, destHost, destInst, part } = migration.record;
  return part === null
    ? ports.vnfs.isPlaced(vnf, destHost, destInst)
    : ports.vnfs.arePlaced(vnf, part.after);
}

/** Places destInst, on disk when it resolves. */
export async function place({ migration, ports }: Run): Promise<void> {
  const { vnf, destHost, destInst, part } = migration.record;
  await (part === null
    ? ports.vnfs.place(vnf, destHost, destInst)
    : ports.vnfs.placeParts(vnf, part.after));
}
