/** What migrations know of the VNFs and their placement. */
import type { InstanceSpec } from '../contract/instance.js';
import type { VnfResource } from '../contract/rest.js';

export interface ServingVnf {
  name: string;
  state: VnfResource['state'];
  /** Where it serves now, and by which instance. */
  host: string;
  instance: string;
}

export interface VnfPort {
  get(vnf: string): ServingVnf | undefined;
  /** A new instance's specification: the VNF's own configuration on the host's interfaces. */
  spec(vnf: string, host: string, instance: string, role: 'serving' | 'standby'): InstanceSpec;
  /** From now on the migration alone starts, stops and moves the VNF's instances. */
  hand(vnf: string, migration: string): void;
  /** Instances that the migration uses; every other one of the VNF is an orphan and is stopped. */
  claim(vnf: string, instances: readonly string[]): void;
  /** Shown as the serving one, before it is on disk. */
  show(vnf: string, host: string, instance: string): void;
  /** True when this is the serving instance, on disk. */
  isPlaced(vnf: string, instance: string): boolean;
  /** On disk when it resolves: this is the serving instance. */
  place(vnf: string, host: string, instance: string): Promise<void>;
  /** The migration has ended; placement looks after the VNF again. */
  takeBack(vnf: string): void;
}
