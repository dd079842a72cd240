/**
 * Agent and instance, over the instance's Unix socket: one JSON object a line, at most
 * MAX_LINE_BYTES. The instance listens, greets with `hello`, answers requests by id, sends events.
 * This file imports no schema library: the instance's start is part of a migration's `preparing`.
 */
import type {
  InstanceCall,
  InstanceEvent,
  InstanceStats,
} from '../../sdn-app/contract/instance.js';
import type { Problem } from './problem.js';

/** Environment variable that ties a process to the one start that its manifest records. */
export const LAUNCH_VARIABLE = 'FERRY_LAUNCH';

/** Sync events that an instance, or the agent, keeps for a peer that is away. */
export const MAX_KEPT_EVENTS = 64;

/**
 * What the contract allows, the end of the process, and the end of the connection: a checkpoint takes
 * an instance without one. What happens meanwhile is told at the next greeting.
 */
export type ControlCall = InstanceCall | { method: 'stop' } | { method: 'unlink' };
/** Those that the datapath takes. */
export type DatapathCall = Exclude<ControlCall, { method: 'stop' | 'unlink' }>;

/** What an instance says of an interface that was set down. */
export const PORT_DOWN = 'PORT_DOWN';

/** Worth nothing later: it comes again, or the switch tells the same. */
export function isOfTheMoment(event: InstanceEvent): boolean {
  return event.type === 'progress' || (event.type === 'error' && event.code === PORT_DOWN);
}

export interface ControlRequest {
  id: number;
  call: ControlCall;
}

export type JsonValue =
  string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

export type ControlMessage =
  | { type: 'hello'; id: string; pid: number; mode: InstanceStats['mode'] }
  | { type: 'result'; id: number; value: JsonValue }
  | { type: 'failure'; id: number; problem: Problem }
  | { type: 'event'; event: InstanceEvent };
