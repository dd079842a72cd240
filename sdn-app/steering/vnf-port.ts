/** The ports of a VNF as others see them: what moves with the instance. */
import type { NfKind } from '../contract/nf.js';
import { parseInterface } from '../contract/names.js';
import { portOrder, type Topology, type VnfSpec } from '../contract/topology.js';

export interface VnfPort {
  /** Place in the NF's port order. */
  index: number;
  network: string;
  mac: string;
  /** IPv4 addresses that it answers ARP for. */
  addresses: readonly string[];
}

export function vnfPorts(topology: Topology, vnf: string): VnfPort[] {
  const spec = topology.vnfs[vnf];
  if (spec === undefined) return [];
  return portOrder(spec).flatMap((name, index) => {
    const port = spec.ports[name];
    if (port === undefined) return [];
    const { address } = parseInterface(port.address);
    const addresses = [
      ...new Set([address, ...(SERVICE_ADDRESSES[spec.kind][name]?.(spec) ?? [])]),
    ];
    return [{ index, network: port.network, mac: port.mac, addresses }];
  });
}

/**
 * Addresses beside the port's own, by NF kind and port (contract/nf.ts): a NAT's outside port
 * answers for its pool.
 */
const SERVICE_ADDRESSES: Record<NfKind, Record<string, (vnf: VnfSpec) => readonly string[]>> = {
  nat44: { outside: ({ config }) => config.pool },
};
