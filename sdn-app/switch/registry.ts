/** The switches that are connected, by datapath id. */
import { EventEmitter } from 'node:events';
import { FerryError } from '../contract/errors.js';
import type { FlowRemoved, Message, PacketIn, PortStatus } from '../openflow/index.js';
import { CLOSE_REASONS, type CloseReason } from './close-reason.js';
import type { SwitchSession } from './session.js';

export interface RegistryEvents {
  /** Of EventEmitter. */
  newListener: [event: string | symbol];
  connected: [session: SwitchSession];
  disconnected: [session: SwitchSession, reason: CloseReason, detail: string];
  /** A connection that ended before it became a session; `peer` is its address and port. */
  refused: [peer: string, reason: CloseReason, detail: string];
  portStatus: [session: SwitchSession, status: PortStatus];
  packetIn: [session: SwitchSession, packet: PacketIn];
  flowRemoved: [session: SwitchSession, removed: FlowRemoved];
  /** See `SessionEvents`; `count` is how often with this session. */
  listenerFailed: [session: SwitchSession, message: Message['type'], error: unknown, count: number];
}

/** A datapath id as 16 hex digits. */
export function formatDpid(dpid: bigint): string {
  return dpid.toString(16).padStart(16, '0');
}

export class SwitchRegistry extends EventEmitter<RegistryEvents> {
  /** Ended connections by reason, those that never became a session included. */
  readonly closed = Object.fromEntries(CLOSE_REASONS.map((reason) => [reason, 0])) as Record<
    CloseReason,
    number
  >;
  readonly #sessions = new Map<bigint, SwitchSession>();
  #relaysPacketIns = false;
  readonly #waiting = new Map<bigint, Set<(session: SwitchSession) => void>>();

  constructor() {
    super();
    // Those who want packet-ins mostly listen to sessions: nobody else shall pay for this.
    this.on('newListener', (event) => {
      if (event !== 'packetIn' || this.#relaysPacketIns) return;
      this.#relaysPacketIns = true;
      for (const session of this.#sessions.values()) this.#relayPacketIns(session);
    });
  }

  get sessions(): readonly SwitchSession[] {
    return [...this.#sessions.values()];
  }

  get(dpid: bigint): SwitchSession | undefined {
    return this.#sessions.get(dpid);
  }

  /** Counts and tells of a connection that never became a session. */
  refuse(peer: string, reason: CloseReason, detail: string): void {
    this.closed[reason] += 1;
    this.emit('refused', peer, reason, detail);
  }

  /** The same switch twice: it has reconnected before we noticed the old end, so the newest wins. */
  add(session: SwitchSession): void {
    const { dpid } = session;
    this.#sessions.get(dpid)?.close('replaced', 'the switch connected anew');
    this.#sessions.set(dpid, session);
    session.once('closed', (reason, detail) => {
      this.closed[reason] += 1;
      // One that was replaced has left its place to the newer.
      if (this.#sessions.get(dpid) === session) this.#sessions.delete(dpid);
      this.emit('disconnected', session, reason, detail);
    });
    session.on('portStatus', (status) => this.emit('portStatus', session, status));
    if (this.#relaysPacketIns) this.#relayPacketIns(session);
    session.on('flowRemoved', (removed) => this.emit('flowRemoved', session, removed));
    let failures = 0;
    session.on('listenerFailed', (message, error) => {
      failures += 1;
      this.emit('listenerFailed', session, message, error, failures);
    });
    this.emit('connected', session);
    for (const found of this.#waiting.get(dpid) ?? []) found(session);
  }

  /** The session, now or within `timeoutMs`; rejects with SWITCH_NOT_CONNECTED. */
  waitFor(dpid: bigint, timeoutMs: number): Promise<SwitchSession> {
    const present = this.#sessions.get(dpid);
    if (present !== undefined) return Promise.resolve(present);
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(dpid) ?? new Set();
      this.#waiting.set(dpid, waiting);
      const found = (session: SwitchSession): void => {
        clearTimeout(timer);
        waiting.delete(found);
        resolve(session);
      };
      waiting.add(found);
      const timer = setTimeout(() => {
        waiting.delete(found);
        const message = `switch ${formatDpid(dpid)} did not connect within ${timeoutMs} ms`;
        reject(new FerryError('SWITCH_NOT_CONNECTED', message, 'dpid'));
      }, timeoutMs);
    });
  }

  #relayPacketIns(session: SwitchSession): void {
    session.on('packetIn', (packet) => this.emit('packetIn', session, packet));
  }
}
