/**
 * The messages that take a switch from what it has to what is desired. In a bundle they take effect
 * at once; for a switch without bundles their order keeps every service reachable on the way: what
 * widens comes first (groups, flows), then the redirect (groups modified), then what narrows.
 */
import type { PlainMessage } from '../openflow/index.js';
import { entryOf, groupContent, type FlowEntry } from './entry.js';
import { flowKey, sameEffect, sameGroup, type Desired, type Flow } from './flow.js';
import { addFlow, deleteFlow, deleteGroup, deleteOwned, setGroup } from './messages.js';
import type { Owned } from './owned.js';
import { TABLES } from './tables.js';

/**
 * The least messages from what a switch says it has to what is desired: for a switch that has
 * connected anew, whoever may have written it. What is right already is left alone, counters and
 * all; flows written get `generation`.
 */
export function install(desired: Desired, generation: number, existing: Owned): PlainMessage[] {
  const flowsBefore = new Map<string, FlowEntry>();
  for (const flow of existing.flows) {
    const entry = entryOf(flow);
    flowsBefore.set(entry.key, entry);
  }
  const groupsBefore = new Map(existing.groups.map((each) => [each.groupId, groupContent(each)]));
  const groupsAfter = new Set(desired.groups.map(({ id }) => id));
  const keysAfter = new Set<string>();
  const written = desired.flows.filter((flow) => {
    const { key, content } = entryOf(addFlow(flow, generation));
    keysAfter.add(key);
    return flowsBefore.get(key)?.content !== content;
  });
  const changed = desired.groups.filter((each) => {
    const before = groupsBefore.get(each.id);
    return before !== undefined && before !== groupContent(setGroup('add', each));
  });
  return [
    ...desired.groups
      .filter(({ id }) => !groupsBefore.has(id))
      .map((each) => setGroup('add', each)),
    ...inSafeOrder(written).map((flow) => addFlow(flow, generation)),
    ...changed.map((each) => setGroup('modify', each)),
    ...existing.flows.filter((flow) => !keysAfter.has(entryOf(flow).key)).map(deleteOwned),
    ...[...groupsBefore.keys()].filter((id) => !groupsAfter.has(id)).map(deleteGroup),
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
