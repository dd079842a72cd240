/** A standby hears nothing of its source: is it the host, the process, or only the way between them? */
import type { Fault } from '../fault.js';
import type { RecoveryPorts } from '../ports.js';
import type { AgentWatch } from './agent-watch.js';

/** Between two looks at the process. */
const EXAMINE_MS = 50;

export interface Suspect {
  host: string;
  instance: string;
  stallMs: number;
}

type Verdict = Pick<Fault, 'type' | 'cause' | 'silentMs'>;

export class Suspicion {
  readonly #suspect: Suspect;
  readonly #ports: Pick<RecoveryPorts, 'hosts' | 'clock'>;
  readonly #agents: AgentWatch;
  readonly #onVerdict: (verdict: Verdict) => void;
  /** Clock time of the last that the standby heard. */
  readonly #silentSince: number;
  #examinedAt = -Infinity;
  #asked = false;
  #over = false;

  constructor(
    suspect: Suspect,
    silentMs: number,
    ports: Pick<RecoveryPorts, 'hosts' | 'clock'>,
    agents: AgentWatch,
    onVerdict: (verdict: Verdict) => void,
  ) {
    this.#suspect = suspect;
    this.#ports = ports;
    this.#agents = agents;
    this.#onVerdict = onVerdict;
    this.#silentSince = ports.clock.monotonicMs() - silentMs;
    this.look();
  }

  /** To be called at every tick of the agents' watch. */
  look(): void {
    if (this.#over) return;
    const { host } = this.#suspect;
    if (this.#agents.isSilent(host)) {
      const ms = Math.round(this.#agents.silentMs(host));
      this.#tell('hostSilent', `the standby hears nothing of ${host}, nor its agent for ${ms} ms`);
      return;
    }
    const now = this.#ports.clock.monotonicMs();
    if (now - this.#examinedAt >= EXAMINE_MS) {
      this.#examinedAt = now;
      void this.#examine();
    }
    if (!this.#asked && now - this.#silentSince >= this.#suspect.stallMs / 2) {
      this.#asked = true;
      void this.#ask();
    }
  }

  /** It was heard again, or is looked after. */
  end(): void {
    this.#over = true;
  }

  async #examine(): Promise<void> {
    const { host, instance } = this.#suspect;
    const state = await this.#ports.hosts.examine(host, instance).catch(() => undefined);
    if (state === 'T') this.#tell('processStopped', 'the process was stopped by a signal');
  }

  /** A process that answers lives: then it is the way to the standby that has failed. */
  async #ask(): Promise<void> {
    const { host, instance, stallMs } = this.#suspect;
    const { clock, hosts } = this.#ports;
    let answered = false;
    const cancel = clock.after(stallMs / 2, () => {
      if (!answered) this.#tell('datapathStalled', `it answers nobody for ${stallMs} ms`);
    });
    try {
      await hosts.stats(host, instance);
      answered = true;
      cancel();
    } catch {
      // The time goes on.
    }
  }

  #tell(type: Verdict['type'], cause: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#onVerdict({ type, cause, silentMs: this.#ports.clock.monotonicMs() - this.#silentSince });
  }
}
