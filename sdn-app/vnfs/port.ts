/** What migrations know of the VNFs and their placement. */
import type { InstanceSpec } from '../contract/instance.js';
import type { VnfResource } from '../contract/rest.js';
import type { PartPlace } from '../steering/index.js';

export interface ServingVnf {
  name: string;
  state: VnfResource['state'];
  /** Where it serves now, and by which instance. */
  host: string;
  instance: string;
  /** What other instances do of its work. */
  parts: readonly ServingPart[];
}

/** A part of a VNF's work and who does it. */
export interface ServingPart extends PartPlace {
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
  isPlaced(vnf: string, host: string, instance: string): boolean;
  /** True when these are the parts, on disk. */
  arePlaced(vnf: string, parts: readonly ServingPart[]): boolean;
  /** On disk when it resolves: this is the serving instance, and others do these parts. */
  place(vnf: string, host: string, instance: string, parts?: readonly ServingPart[]): Promise<void>;
  /** On disk when it resolves: these are the parts of its work that other instances do. */
  placeParts(vnf: string, parts: readonly ServingPart[]): Promise<void>;
  /** The migration has ended; placement looks after the VNF again. */
  takeBack(vnf: string): void;
}

/** What recovery knows of them beyond that. */
export interface ProtectedVnfPort extends VnfPort {
  /** True while a migration or a recovery has it. */
  isHanded(vnf: string): boolean;
  /** From now on the recovery alone starts, stops and moves the VNF's instances. */
  handToRecovery(vnf: string, recovery: string): void;
  setState(vnf: string, state: ServingVnf['state'], reason?: string): void;
  placedAs(host: string, instance: string): string | undefined;
  /** Standbys that live as long as the VNF does: no orphans, whoever has it in hand. */
  keep(vnf: string, instances: readonly string[]): void;
  /** Hears of each VNF that was taken back. */
  onTakenBack(listener: (vnf: string) => void): () => void;
  /** Hosts that can have instances. */
  readonly hosts: readonly string[];
}
