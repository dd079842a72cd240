/** What the controller side knows of a kind of network function; native/nf does the work. */
import { z } from 'zod';
import type { FlowFilter, TrafficPart } from '../flow-filter.js';
import { ipv4Interface, macAddress } from '../names.js';

/** A port of an instance as the host sees it. */
export const instancePort = z.strictObject({
  name: z.string().min(1).max(31),
  interface: z.string().min(1).max(15),
  mac: macAddress,
  address: ipv4Interface,
});
export type InstancePort = z.infer<typeof instancePort>;

/** The virtual MAC and IP of a port; they move with the instance. */
export type PortAddress = Pick<InstancePort, 'mac' | 'address'>;
/** A port's addresses by the port's name; every port that the kind declares is there. */
export type PortAddresses = Readonly<Record<string, PortAddress>>;

/** An address in a configuration, and where: `pool.0`. */
export interface ConfigAddress {
  address: string;
  field: string;
}

/** A program to run: its words, environment, first files, and default route. */
export interface ProgramCommand {
  command: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
  files: Readonly<Record<string, string>>;
  gateway?: string | undefined;
}

/**
 * One kind of network function. Each has its file in this folder and its line in ../nf.ts.
 * `check` and all that follow get a configuration that `config` has let through.
 */
export interface NfDefinition<Schema extends z.ZodObject = z.ZodObject> {
  /** A strict object with defaults; parsing its own output changes nothing. */
  config: Schema;
  /**
   * Names of the ports in the native order; traffic of a demo enters by the first. Absent: those that
   * the topology gives it, in its order.
   */
  ports?: readonly string[] | ((config: z.output<Schema>) => readonly string[]);
  /** What a schema cannot say; `refuse` throws, its field is relative to the configuration. */
  check?(
    config: z.output<Schema>,
    ports: PortAddresses,
    refuse: (field: string, message: string) => never,
  ): void;
  /** Values that depend on where the topology file is: paths in it are relative to it. */
  atFile?(config: z.output<Schema>, file: string): Partial<z.output<Schema>>;
  /** Libraries that every host needs. */
  libraries?(config: z.output<Schema>): readonly { path: string; field: string }[];
  /** Addresses that a port answers ARP for, beside its own. */
  ownAddresses?(config: z.output<Schema>, port: string): readonly ConfigAddress[];
  /** Addresses that the configuration expects others to have: gateways, peers. */
  peerAddresses?(config: z.output<Schema>): readonly string[];
  /** UDP flows that there is room for; absent when the NF holds no state for each flow. */
  flowRoom?(config: z.output<Schema>): number;
  /** Its entries are inside hosts, not flows. */
  stateOfHosts?: true;
  /** UDP flows that one inside host may have; absent when there is no bound to them. */
  flowsOfHost?(config: z.output<Schema>): number;
  /** Of a kind that is no network function of ours: the program that the agent runs in its place. */
  program?(config: z.output<Schema>): ProgramCommand;
  /** What a filter means here; `refuse` throws. Absent: it can only move as a whole. */
  split?(
    config: z.output<Schema>,
    flows: FlowFilter,
    refuse: (message: string) => never,
    ports: PortAddresses,
  ): TrafficPart;
  /** Filters apart from each other that its work may be spread by; each may be divided further. */
  units?(config: z.output<Schema>, ports: PortAddresses): string[];
  /** The configuration as the native factory takes it. */
  native(config: z.output<Schema>, ports: PortAddresses): object;
}

/** Ties a definition's functions to the type of its schema. */
export function defineNf<Schema extends z.ZodObject>(
  definition: NfDefinition<Schema>,
): NfDefinition<Schema> {
  return definition;
}
