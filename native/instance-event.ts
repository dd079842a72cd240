// What an instance tells by itself, and the states that it tells of.

/** What the datapath does with data packets. */
export type InstanceMode = 'stopped' | 'standby' | 'hold' | 'serving' | 'closed';

/**
 * Where synchronisation stands. Source: none, connecting, snapshot, streaming, switching (after
 * prepareSwitch), ended. Destination: none, listening, snapshot, catchingUp, synchronised, released.
 * Both: lost, once a session cannot be healed.
 */
export type SyncPhase =
  | 'none'
  | 'connecting'
  | 'listening'
  | 'snapshot'
  | 'streaming'
  | 'catchingUp'
  | 'synchronised'
  | 'switching'
  | 'ended'
  | 'released'
  | 'lost';

/** Volumes of one synchronisation, as seen by the side that reports them. */
export interface SyncVolume {
  phase: SyncPhase;
  snapshotBytes: number;
  snapshotEntries: number;
  /** Entries that the snapshot will hold in all; 0 until known. */
  snapshotEntriesTotal: number;
  /** STATELETS frames (one collect() each), or records of copied packets, and their payload bytes. */
  statelets: number;
  stateletBytes: number;
  /** Source: written and not yet acknowledged. Destination: received and not yet applied. */
  lagBytes: number;
  /** Age of the oldest statelet that the destination has not applied. */
  lagMs: number;
}

export type InstanceEvent =
  /** About every 100 ms while a session is up. */
  | ({ type: 'progress' } & SyncVolume)
  /** Source: the session is up, flag raised, snapshot fixed. Destination: accepted. */
  | { type: 'connected'; peer: string; resumed: boolean }
  /** The connection was cut and is being healed. */
  | { type: 'cut'; reason: string }
  /** Destination: snapshot installed and lag below the bound. */
  | ({ type: 'synchronised' } & SyncVolume)
  /** The session is over and cannot be healed; a source goes on serving, a destination stays standby. */
  | { type: 'syncLost'; code: string; reason: string }
  /** Source: END is written and the egress markers are out; the instance is closed. */
  | ({
      type: 'ended';
      lastSeq: number;
      /** Marker of each port seen, in port order (false: it went by the hint of switched()). */
      markersSeen: boolean[];
      /** Data packets of the moved flows that came after the first ingress marker. */
      packetsAfterMarker: number;
      dataplanePackets: number;
      dataplaneBytes: number;
      /** From the first marker (or hint) to END. */
      drainUs: number;
    } & SyncVolume)
  /** Source: the destination has released (DONE). */
  | { type: 'handedOver' }
  /** Destination: it speaks for the flows now. */
  | {
      type: 'serving';
      /** Released by takeover(), without the source's END. */
      endMissing: boolean;
      heldPeakPackets: number;
      heldPeakBytes: number;
      stragglers: number;
      /** Ports whose egress marker did not come in time. */
      markerTimeouts: number;
      /** Ports whose DRAINED did not come in time. */
      drainTimeouts: number;
      /** Longest time a packet was held. */
      holdUs: number;
      /** Work of the release itself: takeOver(), stragglers, held packets. */
      releaseUs: number;
    }
  /** Destination: every port is open and the hand-over window is over; the source may be removed. */
  | { type: 'handoverClosed'; stragglers: number; drainTimeouts: number }
  /** Destination: the hold buffer is full; packets now wait in the kernel's ring. */
  | { type: 'holdOverflow'; heldPackets: number; heldBytes: number }
  | { type: 'linkDown' | 'linkUp'; port: number; interface: string }
  /** Standby: nothing has come from the source for so long, though this thread was running. */
  | { type: 'silent'; silentMs: number }
  /** Standby: something came after all. */
  | { type: 'heard'; silentMs: number }
  /** The worker has made no round for so long, though the sync thread was running. */
  | { type: 'stalled'; stalledMs: number }
  /** Of the replica: it has all, is lost (with code and reason), serves, moves; its source is silent
   * for so long, or was. */
  | {
      type: 'replica';
      what: 'synchronised' | 'lost' | 'serving' | 'progress' | 'silent' | 'heard';
      code: string;
      reason: string;
      silentMs: number;
    }
  | { type: 'error'; code: string; message: string };
