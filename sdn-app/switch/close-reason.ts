/** Why a connection ended; the registry counts each. */
export const CLOSE_REASONS = [
  /** The switch closed it, or the network did. */
  'peerClosed',
  'socketError',
  /** Bytes that are no OpenFlow 1.3 frame, or a frame too long. */
  'wireError',
  /** A frame at the wrong time, or more of them than a peer may have outstanding. */
  'protocolError',
  'versionRefused',
  /** Auxiliary connections (OpenFlow 1.3.5 section 6.3.7) are not served. */
  'auxiliaryRefused',
  'handshakeTimeout',
  /** No TLS, or a certificate that is not trusted, where TLS is asked for. */
  'tlsFailed',
  /** As many connections as a listener takes were there already. */
  'tooManyConnections',
  /** Nothing heard for three echo intervals. */
  'keepAliveTimeout',
  /** A commit was not answered: the connection is useless, its outcome unknown. */
  'commitTimeout',
  /** The switch does not read what is sent. */
  'notReading',
  /** The same switch connected anew. */
  'replaced',
  'shutdown',
] as const;

export type CloseReason = (typeof CLOSE_REASONS)[number];
