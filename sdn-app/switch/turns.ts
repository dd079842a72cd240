/** Tasks one after the other, in the order in which they came; so many may wait. */
import { SwitchError } from './errors.js';

export class Turns {
  readonly #limit: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What the task comes to; rejects with SWITCH_BUSY, the task not begun, when too many wait. */
  run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#limit) {
      const message = `${this.#limit} commits wait for the switch`;
      return Promise.reject(new SwitchError('SWITCH_BUSY', message, { outcome: 'unchanged' }));
    }
    this.#waiting += 1;
    const run = this.#last.then(task).finally(() => {
      this.#waiting -= 1;
    });
    this.#last = run.catch(() => undefined);
    return run;
  }
}
