/** One living process of an instance, as its supervisor knows it, whatever it runs. */
import type { ChildProcess } from 'node:child_process';
import type { InstanceEvent } from '../sdn-app/contract/instance.js';
import type { Exit } from './exit.js';
import type { InstanceHello } from './instance-link.js';
import type { ControlCall, JsonValue } from './instance/protocol.js';
import type { ProcessIdentity } from './process.js';

export interface LivingProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when the process has ended and its last event has been handed over. */
  readonly ended: Promise<Exit>;
  /** Resolves when it is ready; rejects when it ends before. */
  readonly greeted: Promise<void>;
  /** Rejects with the instance's problem, AGENT_TIMEOUT, INSTANCE_FAILED or INSTANCE_STATE. */
  call(call: ControlCall, timeoutMs: number): Promise<JsonValue>;
  /** Runs a task while the instance has no connection to this agent; INSTANCE_STATE beside another. */
  withoutLink<T>(task: () => Promise<T>): Promise<T>;
  /**
   * Runs a task that leaves the process standing still: until thaw() every call rejects with
   * INSTANCE_STATE. When the task rejects, the process goes on.
   */
  freeze<T>(task: () => Promise<T>): Promise<T>;
  /** Lets the process go on, whoever has made it stand still. */
  thaw(): Promise<void>;
  /** Asks, then signals, `abruptly` with SIGKILL at once; resolves when the process is gone. */
  end(abruptly?: boolean): Promise<void>;
  /** Lets go of the process without ending it: this agent stops watching. */
  release(): void;
}

export interface ProcessHandlers {
  /** At every greeting: the first, and each after a lost link. */
  hello: (hello: InstanceHello) => void;
  event: (event: InstanceEvent) => void;
  /** It is ending, irrevocably; the rest of its end may take some ten milliseconds. */
  dying: () => void;
}

export async function exitOf(child: ChildProcess): Promise<Exit> {
  const { exitCode: code, signalCode: signal } = child;
  if (code !== null || signal !== null) return { code, signal };
  return new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}
