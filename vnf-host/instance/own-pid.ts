/** The number by which the agent knows this process. */
import { readlinkSync } from 'node:fs';

/**
 * The instance has a process namespace of its own; /proc is the agent's and names it by the agent's
 * number. It is looked up each time: a process restored from a checkpoint has another one.
 */
export function ownPid(): number {
  return Number(readlinkSync('/proc/self'));
}
