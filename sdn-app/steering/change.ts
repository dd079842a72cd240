/**
 * The messages that take a switch from what it has to what is desired. In a bundle they take effect
 * at once; for a switch without bundles their order keeps every service reachable on the way: what
 * widens comes first (groups, flows), then the redirect (groups modified), then what narrows.
 */
import type { PlainMessage } from '../openflow/index.js';
import { flowKey, sameEffect, sameGroup, type Desired, type Flow } from './flow.js';
import { addFlow, deleteCookie, deleteFlow, deleteGroup, setGroup } from './messages.js';
import { cookieOf, type Owned } from './owned.js';
import { TABLES } from './tables.js';

/** Replaces everything that Ferry owns on the switch; `generation` is one that no flow there has. */
export function install(desired: Desired, generation: number, existing: Owned): PlainMessage[] {
  const exists = new Set(existing.groupIds);
  const wanted = new Set(desired.groups.map(({ id }) => id));
  const cookie = cookieOf(generation);
  return [
    ...desired.groups.filter(({ id }) => !exists.has(id)).map((each) => setGroup('add', each)),
    ...inSafeOrder(desired.flows).map((flow) => addFlow(flow, generation)),
    ...desired.groups.filter(({ id }) => exists.has(id)).map((each) => setGroup('modify', each)),
    ...existing.cookies.filter((each) => each !== cookie).map(deleteCookie),
    ...existing.groupIds.filter((id) => !wanted.has(id)).map(deleteGroup),
  ];
}

/** The least messages from one desired state to another; flows written get `generation`. */
export function difference(from: Desired, to: Desired, generation: number): PlainMessage[] {
  const flowsBefore = new Map(from.flows.map((flow) => [flowKey(flow), flow]));
  const flowsAfter = new Set(to.flows.map(flowKey));
  const groupsBefore = new Map(from.groups.map((each) => [each.id, each]));
  const groupsAfter = new Set(to.groups.map(({ id }) => id));

  const written = to.flows.filter((flow) => {
    const before = flowsBefore.get(flowKey(flow));
    return before === undefined || !sameEffect(before, flow);
  });
  const changed = to.groups.filter((each) => {
    const before = groupsBefore.get(each.id);
    return before !== undefined && !sameGroup(before, each);
  });
  return [
    ...to.groups.filter(({ id }) => !groupsBefore.has(id)).map((each) => setGroup('add', each)),
    ...inSafeOrder(written).map((flow) => addFlow(flow, generation)),
    ...changed.map((each) => setGroup('modify', each)),
    ...from.flows.filter((flow) => !flowsAfter.has(flowKey(flow))).map(deleteFlow),
    ...from.groups.filter(({ id }) => !groupsAfter.has(id)).map(({ id }) => deleteGroup(id)),
  ];
}

/** Later tables before those that lead to them, and drops before the wider flows they except. */
function inSafeOrder(flows: readonly Flow[]): Flow[] {
  return flows.toSorted(
    (a, b) => TABLES[b.table].id - TABLES[a.table].id || b.priority - a.priority,
  );
}
