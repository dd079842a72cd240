/** What an instance process needs of the native datapath; the tests put a small class in its place. */
import type { Instance, InstanceEvent, InstanceOptions } from '../../native/index.js';

export type NativeInstance = Pick<
  Instance,
  | 'start'
  | 'listen'
  | 'connect'
  | 'arm'
  | 'prepareSwitch'
  | 'switched'
  | 'abort'
  | 'resume'
  | 'takeover'
  | 'forget'
  | 'expectRelay'
  | 'listenReplica'
  | 'armReplica'
  | 'takeoverReplica'
  | 'dropReplica'
  | 'stats'
  | 'stop'
>;

export type NativeFactory = new (
  options: InstanceOptions,
  onEvent: (event: InstanceEvent) => void,
) => NativeInstance;
