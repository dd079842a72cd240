/** Tells an instance that another one does a part of its work now. */
import type { Clock } from '../clock.js';
import { FerryError } from '../contract/errors.js';
import type { InstanceFlows } from '../contract/flow-filter.js';
import type { HostPort } from '../hosts/port.js';

const RETRY_MS = 100;
const ATTEMPTS = 30;

interface Forgetting {
  host: string;
  instance: string;
  flows: InstanceFlows;
}

/** Rejects as calls do; INSTANCE_STATE only when the instance has been busy with another for long. */
export async function forget(
  hosts: HostPort,
  clock: Clock,
  { host, instance, flows }: Forgetting,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await hosts.call(host, instance, { method: 'forget', flows });
      return;
    } catch (error) {
      const busy = error instanceof FerryError && error.code === 'INSTANCE_STATE';
      if (!busy || attempt === ATTEMPTS) throw error;
      await new Promise<void>((resolve) => void clock.after(RETRY_MS, resolve));
    }
  }
}
