/** What ends a migration's way forward before the switch has committed, and the looks that find it. */
import type { Participant } from './participant.js';
import type { Run } from './strategy.js';

/** How long an agent or the switch may be away before a migration is rolled back for it. */
export const AWAY_MS = 3000;
/** Machines stall for up to a second; five without a byte is a stuck stream. */
export const IDLE_MS = 5000;

export class Fault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Fault';
  }
}

/** The statelet stream is lost; often because the process at its other end has just died. */
export class StreamFault extends Fault {}

/** Throws a Fault when either process has ended. */
export function guardDeath({ watch }: Run): void {
  const { src, dest } = watch;
  if (dest.exited !== undefined) throw new Fault(`destInst ended: ${dest.exited}`);
  if (src.exited !== undefined) {
    throw new Fault(`srcInst ended and its state was lost, it starts again empty: ${src.exited}`);
  }
}

/** Throws a Fault for what makes it impossible to redirect to destInst. */
export function guardDest({ watch }: Run): void {
  const { dest } = watch;
  if (dest.exited !== undefined) throw new Fault(`destInst ended: ${dest.exited}`);
  guardAway(dest);
  if (watch.switchDownFor() > AWAY_MS) {
    throw new Fault(`the switch has been away for more than ${AWAY_MS} ms`);
  }
}

/** The same for srcInst's part, while its state is still needed. */
export function guardSrc(run: Run): void {
  const { src, dest } = run.watch;
  guardDeath(run);
  for (const who of [src, dest]) {
    if (who.syncLost !== undefined) {
      throw new StreamFault(`${who.role} lost the statelet stream: ${who.syncLost}`);
    }
  }
  guardAway(src);
}

/** Throws a Fault when neither side has moved a byte for too long; an agent that is away tells nothing. */
export function guardProgress({ watch }: Run): void {
  const { src, dest } = watch;
  if (!src.connected || !dest.connected) return;
  const idle = Math.min(src.idleFor(), dest.idleFor());
  if (idle > IDLE_MS) throw new Fault(`no byte of state has moved for ${IDLE_MS} ms`);
}

/** Throws a Fault when the agent of srcInst has been away for too long. */
export function guardSrcAgent({ watch }: Run): void {
  guardAway(watch.src);
}

function guardAway(who: Participant): void {
  if (who.downFor() > AWAY_MS) {
    throw new Fault(`the agent of ${who.host} has been away for more than ${AWAY_MS} ms`);
  }
}
