/** Hosts and switches that are away since before this start: nothing happens that would tell of them. */
import type { Clock } from '../../clock.js';
import type { Topology } from '../../contract/topology.js';
import type { EventLog } from '../../events.js';

/** Agents and switches try again at least so often. */
export const FIRST_CONTACT_MS = 10_000;
const REASON = 'it has not connected since the controller was started';

/** Returns the function that ends it. */
export function tellAbsent(topology: Topology, events: EventLog, clock: Clock): () => void {
  const agents = Object.entries(topology.hosts).filter(([, { agent }]) => agent);
  const missing = {
    host: new Set(agents.map(([name]) => name)),
    switch: new Set(Object.keys(topology.switches)),
  };
  const unsubscribe = events.subscribe(({ type, subject }) => {
    if (type === 'host.connected') missing.host.delete(subject);
    if (type === 'switch.connected') missing.switch.delete(subject);
  });
  const cancel = clock.after(FIRST_CONTACT_MS, () => {
    unsubscribe();
    for (const kind of ['host', 'switch'] as const) {
      for (const name of missing[kind])
        events.publish(`${kind}.disconnected`, name, { reason: REASON });
    }
  });
  return () => {
    cancel();
    unsubscribe();
  };
}
