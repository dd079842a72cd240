/** The switch that a request is about, and what it says to a command. */
import { FerryError } from '../contract/errors.js';
import { WireError, type PlainMessage } from '../openflow/index.js';
import { formatDpid, SwitchError, type SwitchSession } from '../switch/index.js';
import type { NorthboundDeps } from './deps.js';
import { refuseOwned, sparingNetwork } from './owned-entries.js';
import { SwitchRefusal } from './switch-refusal.js';

/** Throws SWITCH_UNKNOWN when no switch with this dpid is connected. */
export function sessionOf(
  { switches }: Pick<NorthboundDeps, 'switches'>,
  dpid: bigint,
  field = 'dpid',
): SwitchSession {
  const session = switches.get(dpid);
  if (session !== undefined) return session;
  const message = `no switch with dpid ${dpid} (${formatDpid(dpid)}) is connected`;
  throw new FerryError('SWITCH_UNKNOWN', message, field);
}

/**
 * Has a switch handle messages one by one. Resolves after a barrier; rejects with OWNED_BY_FERRY,
 * and nothing is sent, when one of them would touch entries of Ferry, or with the switch's error.
 */
export function command(session: SwitchSession, messages: readonly PlainMessage[]): Promise<void> {
  return answered(session.send(sparingNetwork(messages), () => refuseOwned(session, messages)));
}

/** The same, all of them as one bundle or none. */
export function commandAsOne(
  session: SwitchSession,
  messages: readonly PlainMessage[],
): Promise<void> {
  return answered(session.bundle(sparingNetwork(messages), () => refuseOwned(session, messages)));
}

/** What the promise resolves with; what OpenFlow has against it as the FerryError of its code. */
export async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SwitchError) throw asFerryError(error);
    if (!(error instanceof WireError)) throw error;
    throw new FerryError('REQUEST_INVALID', `cannot be sent: ${error.message}`, error.field);
  }
}

function asFerryError({ code, message, refusal, outcome }: SwitchError): FerryError {
  const left = outcome === undefined ? '' : `; ${OUTCOMES[outcome]}`;
  if (refusal === undefined) return new FerryError(code, `${message}${left}`);
  return new SwitchRefusal(`${message}${left}`, { type: refusal.type, code: refusal.code });
}

const OUTCOMES = {
  unchanged: 'nothing was changed',
  partial: 'the other messages took effect',
  unknown: 'whether it took effect is not known',
} as const;
