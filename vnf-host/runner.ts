/** How the processes of an instance are started, watched, taken along and brought back. */
import type { ChildProcess } from 'node:child_process';
import type { ConnectionStanding } from '../sdn-app/contract/checkpoint.js';
import { nfDefinition } from '../sdn-app/contract/nf.js';
import type { RestoreWays } from './checkpoint/checkpoints.js';
import type { Beforehand } from './checkpoint/ready-restore.js';
import { forgetAddresses } from './checkpoint/image-file.js';
import { InstanceProcess } from './instance-process.js';
import { launchInstance, type Launched } from './launch.js';
import type { LivingProcess, ProcessHandlers } from './living.js';
import { instanceFiles, type Manifest } from './manifest.js';
import type { ProcessIdentity } from './process.js';
import { ProgramRunner } from './program/runner.js';
import type { Surroundings } from './surroundings.js';

export interface Runner {
  /** May begin as the process that the agent keeps ready. */
  readonly takesSpare: boolean;
  /** TCP connections in checkpoints. */
  readonly connections: 'keep' | 'close';
  /** Goes into checkpoints with the processes. */
  readonly directory: string | undefined;
  launch(launch: string): Promise<Launched>;
  watch(
    identity: ProcessIdentity,
    child: ChildProcess | undefined,
    handlers: ProcessHandlers,
  ): LivingProcess;
  /** What a restore needs that the image has not. */
  ways(connections: readonly ConnectionStanding[]): RestoreWays;
  /** What of a restore can be done before it is wanted; undefined: nothing. */
  readonly beforehand: Beforehand | undefined;
  /** Where the connections of its last process stood when that ended. */
  standings(): ConnectionStanding[];
  /** The end of what it has said; empty when it said nothing. */
  lastWords(): Promise<string>;
  /** Removes what is left of processes that have ended. */
  clean(): Promise<void>;
}

export function runnerOf({ spec }: Manifest, around: Surroundings): Runner {
  const command = nfDefinition(spec.kind).program?.(spec.config);
  if (command !== undefined) return new ProgramRunner(spec, command, around);
  const { manifest, socket } = instanceFiles(around.runDir, spec.id);
  return {
    // A log is not urgent, and it is often kept where an instance may have to begin at once.
    takesSpare: spec.log === undefined,
    connections: 'close',
    directory: undefined,
    beforehand: undefined,
    launch: (launch) => launchInstance(around.entry, manifest, launch),
    watch: (identity, child, handlers) => new InstanceProcess(identity, child, socket, handlers),
    ways: () => ({
      connections: 'close',
      prepare: async (imagesDir) => {
        await forgetAddresses(imagesDir);
        return null;
      },
    }),
    standings: () => [],
    lastWords: () => Promise.resolve(''),
    clean: () => Promise.resolve(),
  };
}
