/** What the rest of the controller sees of the hosts: instances to start, call and stop; events. */
import type {
  CheckpointInfo,
  ConnectionStanding,
  RestoreAnswer,
  StopAnswer,
} from '../contract/checkpoint.js';
import type { InstanceFlows } from '../contract/flow-filter.js';
import type {
  InstanceCall,
  InstanceEvent,
  InstanceSpec,
  InstanceStats,
} from '../contract/instance.js';

/** An instance as its agent reports it. */
export interface KnownInstance {
  id: string;
  vnf: string;
  pid: number;
  /** False between a crash and the agent's restart. */
  running: boolean;
  /** As of the agent's hello; undefined while the instance does not answer. */
  stats: InstanceStats | undefined;
}

export type HostEvent =
  | { type: 'connected'; host: string }
  | { type: 'disconnected'; host: string; reason: string }
  | { type: 'instanceEvent'; host: string; instance: string; event: InstanceEvent }
  | {
      type: 'instanceExited';
      host: string;
      instance: string;
      reason: string;
      /** The agent starts it again, empty, under the same id. */
      restarting: boolean;
    }
  /** Its process is ending: it cannot speak again. `instanceExited` follows. */
  | { type: 'instanceDying'; host: string; instance: string }
  | { type: 'instanceRestarted'; host: string; instance: string };

/** Calls without an answer. */
export type PlainCall =
  | Extract<InstanceCall, { method: 'connect' }>
  | { method: 'takeover'; atOnce?: true }
  | { method: 'forget'; flows: InstanceFlows }
  | { method: 'expectRelay'; token: string }
  | { method: 'arm' | 'prepareSwitch' | 'switched' | 'abort' | 'resume' }
  | { method: 'armReplica' | 'takeoverReplica' | 'dropReplica' };

/**
 * Every call rejects with a FerryError: HOST_NOT_CONNECTED when the agent is away or goes away
 * before it has answered (then it may or may not have acted), AGENT_TIMEOUT, or the agent's own code.
 */
export interface HostPort {
  connected(host: string): boolean;
  /** Instances that run on a connected host; undefined while it is not connected. */
  instances(host: string): ReadonlyMap<string, KnownInstance> | undefined;
  startInstance(host: string, spec: InstanceSpec): Promise<void>;
  /** `abruptly`: it closes none of its connections, because it will be restored. */
  stopInstance(host: string, instance: string, how?: 'abruptly'): Promise<StopAnswer>;
  /**
   * destInst takes a stream; answers its TCP port. `silenceMs` makes it a standby's; one that serves
   * already takes the part `flows`.
   */
  listen(
    host: string,
    instance: string,
    address: string,
    token: string,
    silenceMs?: number,
    flows?: InstanceFlows,
  ): Promise<number>;
  /** An instance that serves keeps what another one does, `parts`, beside that; its TCP port. */
  listenReplica(
    host: string,
    instance: string,
    address: string,
    token: string,
    silenceMs: number,
    parts: readonly InstanceFlows[],
  ): Promise<number>;
  stats(host: string, instance: string): Promise<InstanceStats>;
  call(host: string, instance: string, call: PlainCall): Promise<void>;
  /** State of the process as in proc(5), like `S`, or `T` when a signal has stopped it. */
  examine(host: string, instance: string): Promise<string>;
  /** How often the agent's heartbeat comes. */
  setHeartbeat(host: string, everyMs: number): Promise<void>;
  /** Milliseconds since the agent was last heard; Infinity while it is not connected. */
  heardAgo(host: string): number;
  subscribe(listener: (event: HostEvent) => void): () => void;
}

/** Checkpoints on a host; every call rejects as those of HostPort do. */
export interface CheckpointPort {
  connected(host: string): boolean;
  /** Takes one of an instance; the newest `keep` of its VNF stay there. */
  checkpoint(host: string, instance: string, keep: number): Promise<CheckpointInfo>;
  /** What the host keeps, newest first. */
  checkpoints(host: string): Promise<CheckpointInfo[]>;
  /** Resolves when the host's file of it is whole. */
  verifyCheckpoint(host: string, checkpoint: string): Promise<void>;
  /** Restores an instance, with what stopInstance answered of its connections. */
  restore(
    host: string,
    spec: InstanceSpec,
    checkpoint: string,
    connections: readonly ConnectionStanding[],
  ): Promise<RestoreAnswer>;
  /** Makes ready for one from another host; answers the TCP port. */
  receiveCheckpoint(host: string, address: string, token: string, keep: number): Promise<number>;
  /** Resolves once the other host has it on disk, verified. */
  sendCheckpoint(host: string, parcel: CheckpointParcel): Promise<void>;
}

/** Checkpoints of programs that wait on a host to be let go; every call rejects as those of HostPort do. */
export interface ReadyPort {
  /** In the place of an earlier one of the VNF, once it is ready: restore() of the same lets it go. */
  readyCheckpoint(host: string, spec: InstanceSpec, checkpoint: string): Promise<void>;
  dropReady(host: string, vnf: string): Promise<void>;
}

/** Instances that go to another host as an image; every call rejects as those of HostPort do. */
export interface ImagePort extends Pick<
  CheckpointPort,
  'receiveCheckpoint' | 'sendCheckpoint' | 'restore'
> {
  /** Takes a checkpoint, and the instance stands still from then on: until it is thawed, or stopped. */
  freeze(host: string, instance: string, keep: number): Promise<CheckpointInfo>;
  thaw(host: string, instance: string): Promise<void>;
}

export interface CheckpointParcel {
  checkpoint: string;
  address: string;
  port: number;
  token: string;
}
