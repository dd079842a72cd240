/** Parts of a VNF's work: what its kind makes of a filter, and how two of them lie to each other. */
import { FerryError } from './errors.js';
import { parseFlows, type Ipv4Match, type TrafficPart } from './flow-filter.js';
import { networksOverlap, networkWithin } from './ipv4-network.js';
import { nfDefinition } from './nf.js';
import { portOrder, type VnfSpec } from './topology.js';

/** Throws FLOWS_INVALID, or FLOWS_UNSUPPORTED when the VNF cannot be divided so. */
export function partOf(name: string, spec: VnfSpec, flows: string): TrafficPart {
  const filter = parseFlows(flows);
  const refuse = (message: string): never => {
    throw new FerryError('FLOWS_UNSUPPORTED', `${name}: ${message}`, 'flows');
  };
  const { split } = nfDefinition(spec.kind);
  return split === undefined
    ? refuse(`a ${spec.kind} can only move as a whole`)
    : split(spec.config, filter, refuse, spec.ports);
}

const ANY = '0.0.0.0/0';

/** Of two parts of one VNF. */
export type Relation = 'same' | 'inside' | 'around' | 'apart' | 'across';

/** How `a` lies to `b`. */
export function relationOf(spec: VnfSpec, a: TrafficPart, b: TrafficPart): Relation {
  const [first = ''] = portOrder(spec);
  const of = (part: TrafficPart) => part.matches[first] ?? [];
  const inside = within(of(a), of(b));
  const around = within(of(b), of(a));
  if (inside && around) return 'same';
  if (inside) return 'inside';
  if (around) return 'around';
  return of(a).every((one) => of(b).every((other) => apart(one, other))) ? 'apart' : 'across';
}

function within(some: readonly Ipv4Match[], others: readonly Ipv4Match[]): boolean {
  return some.every((one) => others.some((other) => covers(other, one)));
}

const NETWORKS = ['src', 'dst'] as const;
const PORTS = ['srcPort', 'dstPort'] as const;

function covers(wide: Ipv4Match, narrow: Ipv4Match): boolean {
  return (
    NETWORKS.every((key) => networkWithin(wide[key] ?? ANY, narrow[key] ?? ANY)) &&
    PORTS.every((key) => wide[key] === undefined || wide[key] === narrow[key])
  );
}

function apart(a: Ipv4Match, b: Ipv4Match): boolean {
  return (
    NETWORKS.some((key) => !networksOverlap(a[key] ?? ANY, b[key] ?? ANY)) ||
    PORTS.some((key) => (a[key] ?? b[key]) !== (b[key] ?? a[key]))
  );
}
