/** A store that forgets everything when the process ends. */
import type { Store } from './journal.js';
import type { JournalValue, JournalWrite } from './record.js';

export class MemoryStore implements Store {
  readonly #live = new Map<string, JournalValue>();

  entries(prefix: string): [string, JournalValue][] {
    return [...this.#live].filter(([key]) => key.startsWith(prefix));
  }

  write(writes: readonly JournalWrite[]): Promise<void> {
    for (const [key, value] of writes) {
      if (value === null) this.#live.delete(key);
      else this.#live.set(key, value);
    }
    return Promise.resolve();
  }
}
