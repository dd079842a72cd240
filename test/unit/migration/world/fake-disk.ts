/** A journal's disk: what is written stays when the controller dies; it may be full for a while. */
import { FerryError } from '../../../../sdn-app/contract/errors.js';
import type { Store } from '../../../../sdn-app/store/journal.js';
import type { JournalValue } from '../../../../sdn-app/store/record.js';
import type { FakeClock } from './fake-clock.js';

const WRITE_MS = 1;

export class FakeDisk {
  readonly values = new Map<string, JournalValue>();
  full = false;

  /** A write under way when its controller dies does not come through. */
  store(clock: FakeClock, alive: () => boolean): Store {
    return {
      entries: (prefix) => [...this.values].filter(([key]) => key.startsWith(prefix)),
      write: (writes) =>
        new Promise((resolve, reject) => {
          const copies = structuredClone(writes);
          clock.after(WRITE_MS, () => {
            if (!alive()) return;
            if (this.full) {
              reject(new FerryError('STATE_UNWRITABLE', 'the disk is full', 'stateDir'));
              return;
            }
            for (const [key, value] of copies) {
              if (value === null) this.values.delete(key);
              else this.values.set(key, value);
            }
            resolve();
          });
        }),
    };
  }
}
