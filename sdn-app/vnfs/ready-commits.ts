/** Takeovers by standbys that a switch has whole beforehand: one message makes each take effect. */
import type { Clock } from '../clock.js';
import type { PlainMessage } from '../openflow/index.js';
import type { PartPlace } from '../steering/index.js';
import type { ServingWish, Standby } from './steering-port.js';

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
  standby: Standby;
  commit: PreparedCommit;
  result: Result;
}

export class ReadyCommits<Result> {
  readonly #clock: Clock;
  readonly #plan: (vnf: string, standby: Standby) => Plan<Result> | undefined;
  readonly #prepare: (messages: readonly PlainMessage[]) => Promise<PreparedCommit | undefined>;
  readonly #wanted = new Map<string, readonly Standby[]>();
  readonly #ready = new Map<string, readonly Ready<Result>[]>();
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

  /** From now on a takeover by each of these is kept ready, and by no other of the VNF. */
  want(vnf: string, standbys: readonly Standby[]): void {
    this.#drop(vnf);
    if (standbys.length === 0) this.#wanted.delete(vnf);
    else this.#wanted.set(vnf, standbys);
    this.#epoch += 1;
    this.#after(0);
  }

  /**
   * What leads to that, for the caller to commit; the next one is made when that has changed what the
   * switch has.
   */
  take(vnf: string, wish: ServingWish): Ready<Result> | undefined {
    const all = this.#ready.get(vnf) ?? [];
    const found = all.find(({ standby }) => leadsTo(standby, wish));
    const others = all.filter((each) => each !== found);
    this.#ready.set(vnf, others);
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
    for (const [vnf, standbys] of [...this.#wanted]) {
      const made = await this.#makeEach(vnf, standbys, epoch);
      if (epoch !== this.#epoch) {
        for (const { commit } of made) void commit.discard();
        return;
      }
      this.#drop(vnf);
      this.#ready.set(vnf, made);
    }
    this.#after(RENEW_MS);
  }

  async #makeEach(
    vnf: string,
    standbys: readonly Standby[],
    epoch: number,
  ): Promise<Ready<Result>[]> {
    const made: Ready<Result>[] = [];
    for (const standby of standbys) {
      const plan = epoch === this.#epoch ? this.#plan(vnf, standby) : undefined;
      if (plan === undefined) continue;
      // What cannot be prepared is committed as everything else is, when it is needed.
      const commit = await this.#prepare(plan.messages).catch(() => undefined);
      if (commit !== undefined) made.push({ standby, commit, result: plan.result });
    }
    return made;
  }

  #drop(vnf: string): void {
    for (const { commit } of this.#ready.get(vnf) ?? []) void commit.discard();
    this.#ready.delete(vnf);
  }
}

function leadsTo({ host, parts }: Standby, wish: ServingWish): boolean {
  const others = wish.parts ?? [];
  return (
    host === wish.host &&
    parts.length === others.length &&
    parts.every((part, index) => isSame(part, others[index]))
  );
}

function isSame(part: PartPlace, other: PartPlace | undefined): boolean {
  return part.number === other?.number && part.flows === other.flows && part.host === other.host;
}
