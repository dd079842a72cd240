/** What placement and migrations ask of the switches, without a word of OpenFlow. */
import type { DivertedFrame, PartPlace } from '../steering/index.js';
import type { TakeFrame } from './frame-takers.js';

/** A migration's redirect, as steering needs it. */
export interface Redirect {
  srcHost: string;
  destHost: string;
  /** Ties the markers to the migration. */
  token: string;
  /** srcInst is dead: it may not speak any more, and no marker needs to reach it. */
  srcGone: boolean;
  /** Only a part moves. */
  shared?: SharedRedirect | undefined;
}

/** Who does the work when the part `number` has moved; where it moves to, the redirect says. */
export interface SharedRedirect {
  number: number;
  /** Does all but the parts. */
  host: string;
  parts: readonly PartPlace[];
}

/** Who may have to take over. */
export interface Standby {
  /** Where it is. */
  at: string;
  /** Of its stream: it knows the order to take over by that. */
  token: string | undefined;
  /** What it leads to: who does all but the parts, and who does these. */
  host: string;
  parts: readonly PartPlace[];
}

/**
 * A commit that failed. `unchanged`: the switch has what it had. `partial`: it has some of each (only
 * without bundles), and `settle` makes it whole. `unknown`: the switch was lost before it answered;
 * its own groups (`witness`) tell.
 */
export class SteeringError extends Error {
  readonly outcome: 'unchanged' | 'partial' | 'unknown';

  constructor(
    outcome: 'unchanged' | 'partial' | 'unknown',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'SteeringError';
    this.outcome = outcome;
  }
}

export interface SteeringPort {
  /** The switches that steer this VNF, by their names in the topology. */
  switchesOf(vnf: string): readonly string[];
  /** True while all of them are connected. */
  connected(vnf: string): boolean;
  /** True while they are known to have this VNF's flows. */
  installed(vnf: string): boolean;
  /** Software version that the VNF's first switch gives in its description; null before that. */
  softwareVersion(vnf: string): string | null;
  /**
   * One commit a switch: destHost receives, both may speak, ingress markers go to srcHost. After a
   * failure with outcome `unknown` the switches are left alone until `settle` or `keepRedirect` has
   * decided.
   */
  redirect(vnf: string, redirect: Redirect): Promise<{ bundle: boolean }>;
  /** What the switches' groups say now: `dest` once one of them has redirected. */
  witness(
    vnf: string,
    srcHost: string,
    destHost: string,
    part?: number,
  ): Promise<'src' | 'dest' | 'other'>;
  /** The redirect has been committed before: keep it (also on a switch that comes back). */
  keepRedirect(vnf: string, redirect: Redirect): Promise<void>;
  /**
   * The stable form: only `host` receives and speaks, but for the parts that others do. Kept as the
   * wish even where it rejects.
   */
  settle(vnf: string, host: string, parts?: readonly PartPlace[]): Promise<void>;
  /**
   * What is for the VNF goes to the controller, to those that take frames, until `keepRedirect` or
   * `settle`; who may speak stays as it is. Also `redirect` then leads to the controller.
   */
  divert(vnf: string): Promise<void>;
  /** Frames that the switches send meanwhile, and for some milliseconds after. Returns what ends it. */
  takeFrames(vnf: string, take: TakeFrame): () => void;
  /** Passes frames on to the instance, marked, in their order. Throws SteeringError, nothing sent. */
  relay(vnf: string, host: string, frames: readonly DivertedFrame[]): void;
  /** A marker to each port, behind all that was passed on. Throws as `relay` does. */
  endRelay(vnf: string, host: string, token: string): void;
  /**
   * From now on what `settle` takes, when one of these takes over, is ready at each switch. One with a
   * token is ordered to by the same commit, where that is the only one.
   */
  keepReady(vnf: string, standbys: readonly Standby[]): void;
  /** Nobody speaks for the VNF and nobody receives, until `settle`: only what is proven dead needs no fence. */
  fence(vnf: string): Promise<void>;
  /** Names of the host's data links of this VNF whose ports are known to be down or gone. */
  downLinks(vnf: string, host: string): readonly string[];
  /**
   * Packets that the switch has received by each of the host's data links of this VNF, in the order of
   * its ports; null for one that it does not count. Rejects while a switch cannot be asked.
   */
  received(vnf: string, host: string): Promise<ReadonlyMap<string, bigint | null>>;
  /** As it was before a restart of the controller; nothing is sent until the switch connects. */
  expect(vnf: string, wish: SteeringWish): void;
  /** After every change of `connected`, `installed` or `downLinks`. */
  subscribe(listener: (switchName: string) => void): () => void;
}

/** `host` does all but the parts. */
export interface ServingWish {
  form: 'serving';
  host: string;
  parts?: readonly PartPlace[];
}

/** What the switch shall have for a VNF. `undecided`: leave it alone until the witness was asked. */
export type SteeringWish =
  | ServingWish
  | { form: 'redirect'; redirect: Redirect }
  | { form: 'undecided' }
  | { form: 'fenced' };
