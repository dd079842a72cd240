/** What can go wrong between Ferry and a connected switch. */
import {
  bundleError,
  onfExperimenter,
  type ErrorCause,
  type ErrorMessage,
  type Message,
} from '../openflow/index.js';

const ADVICE = {
  SWITCH_REFUSED:
    'Read the OpenFlow error in the message; the switch needs two tables and groups of 1.3.',
  SWITCH_CLOSED: 'Wait until the switch has connected again, then ask it what it holds.',
  SWITCH_TIMEOUT: 'Check that the switch is not overloaded, then try again.',
  SWITCH_BUSY: 'The switch does not read fast enough; try again later.',
} as const;

export type SwitchErrorCode = keyof typeof ADVICE;

/**
 * What a failed commit left behind. `unchanged`: nothing took effect. `partial`: some messages did
 * (only without bundles). `unknown`: the answer was lost; ask the switch for its groups.
 */
export type CommitOutcome = 'unchanged' | 'partial' | 'unknown';

/** The switch's own words: error type and code by name, and the message that failed. */
export interface Refusal {
  type: string;
  code: string;
  failed: Message;
}

export class SwitchError extends Error {
  readonly code: SwitchErrorCode;
  readonly refusal: Refusal | undefined;
  /** Set on errors of a commit. */
  readonly outcome: CommitOutcome | undefined;

  constructor(
    code: SwitchErrorCode,
    message: string,
    details: { refusal?: Refusal | undefined; outcome?: CommitOutcome } = {},
  ) {
    super(message);
    this.name = 'SwitchError';
    this.code = code;
    this.refusal = details.refusal;
    this.outcome = details.outcome;
  }

  /** A sentence that says what to do. */
  get advice(): string {
    return ADVICE[this.code];
  }

  withOutcome(outcome: CommitOutcome): SwitchError {
    return new SwitchError(this.code, this.message, { refusal: this.refusal, outcome });
  }
}

/** `failed` is the message whose xid the error carries. */
export function refusedBy({ error }: ErrorMessage, failed: Message): SwitchError {
  const refusal = { ...nameCause(error), failed };
  const message = `the switch refused ${failed.type} with ${refusal.type}/${refusal.code}`;
  return new SwitchError('SWITCH_REFUSED', message, { refusal });
}

function nameCause(cause: ErrorCause): { type: string; code: string } {
  if (cause.type !== 'experimenter') return { type: cause.type, code: String(cause.code) };
  const { experimenter, experimenterType } = cause;
  if (experimenter !== onfExperimenter) {
    return { type: `experimenter 0x${experimenter.toString(16)}`, code: String(experimenterType) };
  }
  const named = Object.entries(bundleError).find(([, number]) => number === experimenterType);
  return { type: 'bundle', code: named?.[0] ?? String(experimenterType) };
}

export function isRefusal(error: unknown): error is SwitchError {
  return error instanceof SwitchError && error.code === 'SWITCH_REFUSED';
}

/** It was sent, but nobody knows what came of it. */
export function isLost(error: unknown): boolean {
  return (
    error instanceof SwitchError &&
    (error.code === 'SWITCH_CLOSED' || error.code === 'SWITCH_TIMEOUT')
  );
}

export function withOutcome(error: unknown, outcome: CommitOutcome): unknown {
  return error instanceof SwitchError ? error.withOutcome(outcome) : error;
}
