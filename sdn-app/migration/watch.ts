/** Waits for what happens to a migration's instances, agents and switch; time comes from the clock. */
import type { Clock } from '../clock.js';
import type { HostEvent, HostPort } from '../hosts/port.js';
import { Listeners } from '../listeners.js';
import type { SteeringPort } from '../vnfs/steering-port.js';
import { Participant } from './participant.js';

/** Conditions that depend on time are looked at this often. */
const TICK_MS = 50;
/** A wait without a bound tells this often what it waits for. */
const PATIENCE_MS = 5000;

/** The controller stops; the migration stays as its journal says. */
export class Stopped extends Error {
  constructor() {
    super('the controller stops');
    this.name = 'Stopped';
  }
}

export interface WatchDeps {
  hosts: HostPort;
  steering: SteeringPort;
  clock: Clock;
}

export interface WatchedMigration {
  vnf: string;
  srcHost: string;
  srcInst: string;
  destHost: string;
  destInst: string;
  part?: { destServes: boolean } | null;
}

export class Watch {
  readonly src: Participant;
  dest: Participant;
  readonly #deps: WatchDeps;
  readonly #vnf: string;
  readonly #changes = new Listeners<undefined>();
  readonly #unsubscribe: (() => void)[];
  readonly #onEvent: (event: HostEvent, who: Participant) => void;
  readonly #onWaiting: (forWhat: string) => void;
  #switchDownSince: number | undefined;
  #stopped = false;

  constructor(
    migration: WatchedMigration,
    deps: WatchDeps,
    resumed: boolean,
    onEvent: (event: HostEvent, who: Participant) => void,
    onWaiting: (forWhat: string) => void,
  ) {
    this.#deps = deps;
    this.#vnf = migration.vnf;
    this.#onEvent = onEvent;
    this.#onWaiting = onWaiting;
    this.src = this.#participant('srcInst', migration.srcHost, migration.srcInst, true);
    const servedBefore = migration.part?.destServes ?? false;
    const { destHost, destInst } = migration;
    const there = resumed || servedBefore;
    this.dest = this.#participant('destInst', destHost, destInst, there, servedBefore);
    this.#noteSwitch();
    this.#unsubscribe = [
      deps.hosts.subscribe((event) => this.#take(event)),
      deps.steering.subscribe(() => {
        this.#noteSwitch();
        this.#changes.emit(undefined);
      }),
    ];
  }

  get now(): number {
    return this.#deps.clock.monotonicMs();
  }

  /** Milliseconds since the VNF's switch went; 0 while it is connected. */
  switchDownFor(): number {
    return this.#switchDownSince === undefined ? 0 : this.now - this.#switchDownSince;
  }

  /** A new destInst takes the place of the one that died. */
  replaceDest(host: string, instance: string): void {
    this.dest = this.#participant('destInst', host, instance, false);
  }

  /** Resolves with what `check` answers as soon as that is not undefined; rejects with what it throws. */
  until<T>(check: () => T | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let cancelTick: () => void = () => undefined;
      let ended = false;
      const end = () => {
        ended = true;
        cancelTick();
        removeListener();
      };
      const look = () => {
        if (ended) return;
        try {
          if (this.#stopped) throw new Stopped();
          const found = check();
          if (found === undefined) return;
          end();
          resolve(found);
        } catch (error) {
          end();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const tick = () => {
        cancelTick = this.#deps.clock.after(TICK_MS, tick);
        look();
      };
      const removeListener = this.#changes.add(look);
      tick();
    });
  }

  /** The action's outcome, unless `guard` throws first. What the action does later is not waited for. */
  race<T>(action: Promise<T>, guard: () => void): Promise<T> {
    let settled: (() => T) | undefined;
    action.then(
      (value) => {
        settled = () => value;
        this.#changes.emit(undefined);
      },
      (error: unknown) => {
        settled = () => {
          throw error;
        };
        this.#changes.emit(undefined);
      },
    );
    return this.until(() => {
      if (settled !== undefined) return { value: settled() };
      guard();
      return undefined;
    }).then(({ value }) => value);
  }

  /** Waits as long as it takes, and tells every 5 s what for. */
  patiently<T>(forWhat: string, check: () => T | undefined): Promise<T> {
    let toldAt = this.now;
    return this.until(() => {
      const found = check();
      if (found === undefined && this.now - toldAt >= PATIENCE_MS) {
        toldAt = this.now;
        this.#onWaiting(forWhat);
      }
      return found;
    });
  }

  /** True when the condition came about within `ms`. */
  within(ms: number, condition: () => boolean): Promise<boolean> {
    const deadline = this.now + ms;
    return this.until(() => {
      if (condition()) return true;
      return this.now >= deadline ? false : undefined;
    });
  }

  async pause(ms: number): Promise<void> {
    await this.within(ms, () => false);
  }

  /** Every wait rejects with Stopped from now on. */
  stop(): void {
    this.#stopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#changes.emit(undefined);
  }

  #participant(
    role: 'srcInst' | 'destInst',
    host: string,
    instance: string,
    started: boolean,
    servedBefore = false,
  ): Participant {
    const { hosts } = this.#deps;
    return new Participant(role, host, instance, hosts, () => this.now, started, servedBefore);
  }

  #take(event: HostEvent): void {
    for (const who of [this.src, this.dest]) {
      if (who.take(event)) this.#onEvent(event, who);
    }
    this.#changes.emit(undefined);
  }

  #noteSwitch(): void {
    if (this.#deps.steering.connected(this.#vnf)) this.#switchDownSince = undefined;
    else this.#switchDownSince ??= this.now;
  }
}
