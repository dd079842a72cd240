/**
 * From an instance's specification to the configuration of its native factory: one function per
 * network function. The virtual MAC and IP of each port come from the ports, all else from `config`.
 */
import type { InstanceSpec } from '../../sdn-app/contract/instance.js';
import type { InstancePort, Nat44Config, NfKind } from '../../sdn-app/contract/nf.js';
import { ProblemError } from './problem.js';

type Builder = (spec: InstanceSpec) => object;

/** A new network function adds its line here, in contract/nf.ts and in native/nf/registry.cpp. */
const BUILDERS: Readonly<Record<NfKind, Builder>> = { nat44 };

/** Throws INSTANCE_FAILED, with the field, when a port that the NF needs is missing. */
export function nativeConfig(spec: InstanceSpec): object {
  return BUILDERS[spec.kind](spec);
}

function portNamed(spec: InstanceSpec, name: string): InstancePort {
  const port = spec.ports.find((each) => each.name === name);
  if (port !== undefined) return port;
  throw new ProblemError('INSTANCE_FAILED', `${spec.kind} needs a port named ${name}`, 'ports');
}

function nat44(spec: InstanceSpec): object {
  // The agent has put the specification through nat44Config before it wrote the manifest.
  const { gateway, ...rest } = spec.config as unknown as Nat44Config;
  const inside = portNamed(spec, 'inside');
  const outside = portNamed(spec, 'outside');
  return {
    ...rest,
    inside: { mac: inside.mac, address: inside.address },
    outside: {
      mac: outside.mac,
      address: outside.address,
      ...(gateway === undefined ? {} : { gateway }),
    },
  };
}
