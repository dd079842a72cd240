/** Bounds of the switch connections. Times in ms, sizes in bytes. */
export interface SwitchLimits {
  /** Connections of a listener at once, those in the handshake included. */
  connections: number;
  /** From the connection until the switch is ready. */
  handshakeMs: number;
  /** Answer to one request; the parts of a multipart answer each start it anew. */
  requestMs: number;
  /** An echo request goes out so often. */
  echoIntervalMs: number;
  /** Echo intervals without a sign of life until the connection is given up. */
  missedEchoes: number;
  /** What may wait to be sent to one switch. */
  writeQueueBytes: number;
  /** What may wait to be sent to all switches of a listener together. */
  totalWriteQueueBytes: number;
  /** Nothing is read from a switch while more than this waits to be sent to it. */
  pauseBytes: number;
  /** Until a switch that reads nothing of what waits is given up; at most twice as long. */
  stallMs: number;
  /** Requests that may wait for their answer. */
  requests: number;
  /** Commits that may wait for the one before. */
  commits: number;
  /** Parts of one multipart answer. */
  multipartParts: number;
}

/** A machine that stalls for a second must not lose its switches: every time is far above that. */
export const DEFAULT_LIMITS: Readonly<SwitchLimits> = Object.freeze({
  connections: 2048,
  handshakeMs: 15_000,
  requestMs: 10_000,
  echoIntervalMs: 5000,
  missedEchoes: 3,
  writeQueueBytes: 16_777_216,
  totalWriteQueueBytes: 268_435_456,
  pauseBytes: 262_144,
  stallMs: 10_000,
  requests: 4096,
  commits: 1024,
  multipartParts: 4096,
});
