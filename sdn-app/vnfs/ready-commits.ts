/** Takeovers by standbys that a switch has whole beforehand: one message makes each take effect. */
import type { Clock } from '../clock.js';
import type { PlainMessage } from '../openflow/index.js';
import type { Standby } from './steering-port.js';

/** Switches forget a bundle that nobody has touched for some time: Open vSwitch after 10 s. */
const RENEW_MS = 4000;
/** After a change; what comes next may change it again. */
const ANEW_MS = 100;

/** A commit that the switch has whole already. */
export interface PreparedCommit {
  /** Rejects with SteeringError; `unchanged` also when the switch has forgotten it. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** What a commit takes, and what the switch has after it. */
export interface Plan<Result> {
  messages: readonly PlainMessage[];
  result: Result;
}

interface Ready<Result> {
  host: string;
  commit: PreparedCommit;
  result: Result;
}

export class ReadyCommits<Result> {
  readonly #clock: Clock;
  readonly #plan: (vnf: string, standby: Standby) => Plan<Result> | undefined;
  readonly #prepare: (messages: readonly PlainMessage[]) => Promise<PreparedCommit | undefined>;
  readonly #wanted = new Map<string, Standby>();
  readonly #ready = new Map<string, Ready<Result>>();
  /** Changes with what the switch has or shall have: older plans are worth nothing. */
  #epoch = 0;
  #cancel: (() => void) | undefined;

  /** `plan` answers undefined while nothing can be said; `prepare` when the switch cannot do it. */
  constructor(
    clock: Clock,
    plan: (vnf: string, standby: Standby) => Plan<Result> | undefined,
    prepare: (messages: readonly PlainMessage[]) => Promise<PreparedCommit | undefined>,
  ) {
    this.#clock = clock;
    this.#plan = plan;
    this.#prepare = prepare;
  }

  /** From now on a takeover by this standby is kept ready; null: by none. */
  want(vnf: string, standby: Standby | null): void {
    this.#drop(vnf);
    if (standby === null) this.#wanted.delete(vnf);
    else this.#wanted.set(vnf, standby);
    this.#epoch += 1;
    this.#after(0);
  }

  /** For the caller to commit; the next one is made when that has changed what the switch has. */
  take(vnf: string, host: string): Ready<Result> | undefined {
    const found = this.#ready.get(vnf);
    if (found?.host !== host) return undefined;
    this.#ready.delete(vnf);
    return found;
  }

  /** What the switch has or shall have is something else now. */
  outdated(): void {
    this.#epoch += 1;
    for (const vnf of [...this.#ready.keys()]) this.#drop(vnf);
    this.#after(ANEW_MS);
  }

  /** The switch is gone, with all that it had. */
  forget(): void {
    this.#epoch += 1;
    this.#ready.clear();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #after(ms: number): void {
    this.#cancel?.();
    this.#cancel =
      this.#wanted.size === 0 ? undefined : this.#clock.after(ms, () => void this.#make());
  }

  async #make(): Promise<void> {
    const epoch = this.#epoch;
    for (const [vnf, standby] of [...this.#wanted]) {
      const plan = this.#plan(vnf, standby);
      if (plan === undefined) continue;
      // What cannot be prepared is committed as everything else is, when it is needed.
      const commit = await this.#prepare(plan.messages).catch(() => undefined);
      if (epoch !== this.#epoch) {
        void commit?.discard();
        return;
      }
      this.#drop(vnf);
      if (commit === undefined) continue;
      this.#ready.set(vnf, { host: standby.host, commit, result: plan.result });
    }
    this.#after(RENEW_MS);
  }

  #drop(vnf: string): void {
    void this.#ready.get(vnf)?.commit.discard();
    this.#ready.delete(vnf);
  }
}
