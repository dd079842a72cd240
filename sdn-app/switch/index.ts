/** Connections to switches: handshake, requests, commits, and the registry of who is there. */
export { CLOSE_REASONS, type CloseReason } from './close-reason.js';
export { SwitchError } from './errors.js';
export type { CommitOutcome, Refusal, SwitchErrorCode } from './errors.js';
export { DEFAULT_LIMITS, type SwitchLimits } from './limits.js';
export { listenForSwitches } from './listener.js';
export type { ListenOptions, SwitchListener } from './listener.js';
export { isUp } from './ports.js';
export { SwitchRegistry, formatDpid } from './registry.js';
export type { RegistryEvents } from './registry.js';
export { SwitchSession } from './session.js';
export type { SessionEvents, SwitchDescription } from './session.js';
export { tlsFiles, type TlsFiles } from './tls.js';
export type { MultipartKind, MultipartOf } from './multipart.js';
export type { CommitResult, Guard, PreparedCommit } from './transaction.js';
