/** The kinds of network functions: the one list that the controller and vnf-host go by. */
import { z } from 'zod';
import type { NfDefinition } from './nfs/definition.js';
import { esp } from './nfs/esp.js';
import { ids } from './nfs/ids.js';
import { nat44 } from './nfs/nat44.js';
import { pg } from './nfs/pg.js';
import { program } from './nfs/program.js';
import { plugin } from './nfs/plugin.js';

/** One line per network function; native/nf/registry.cpp has its counterpart. */
export const NF_KINDS = {
  nat44,
  esp,
  ids,
  pg,
  program,
  plugin,
} as const;

export type NfKind = keyof typeof NF_KINDS;
export const NF_NAMES = Object.keys(NF_KINDS) as [NfKind, ...NfKind[]];
export const nfKind = z.enum(NF_NAMES);

/** A configuration with its defaults filled in; which one, its `kind` beside it tells. */
export type NfConfig = z.output<(typeof NF_KINDS)[NfKind]['config']>;

/** The definition of a kind, for a configuration that was checked under the same kind. */
export function nfDefinition(kind: NfKind): NfDefinition {
  return NF_KINDS[kind];
}

/** Names of the ports in the native order; `given` are those that the topology names. */
export function portNames(
  kind: NfKind,
  config: Readonly<Record<string, unknown>>,
  given: readonly string[],
): readonly string[] {
  const { ports = given } = nfDefinition(kind);
  return typeof ports === 'function' ? ports(config) : ports;
}
