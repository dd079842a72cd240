/** Bounds of one switch connection. Times in ms, sizes in bytes. */
export interface SwitchLimits {
  /** From the connection until the switch is ready. */
  handshakeMs: number;
  /** Answer to one request; the parts of a multipart answer each start it anew. */
  requestMs: number;
  /** An echo request goes out when nothing was heard for so long. */
  echoIntervalMs: number;
  /** Echo intervals without a sign of life until the connection is given up. */
  missedEchoes: number;
  /** What may wait to be sent. */
  writeQueueBytes: number;
  /** Parts of one multipart answer. */
  multipartParts: number;
}

/** A machine that stalls for a second must not lose its switches: every time is far above that. */
export const DEFAULT_LIMITS: Readonly<SwitchLimits> = Object.freeze({
  handshakeMs: 15_000,
  requestMs: 10_000,
  echoIntervalMs: 5000,
  missedEchoes: 3,
  writeQueueBytes: 16_777_216,
  multipartParts: 4096,
});
