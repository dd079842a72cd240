/** The ports of a VNF as others see them: what moves with the instance. */
import { nfDefinition } from '../contract/nf.js';
import { parseInterface } from '../contract/names.js';
import { portOrder, type Topology } from '../contract/topology.js';

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
    const further = nfDefinition(spec.kind).ownAddresses?.(spec.config, name) ?? [];
    const addresses = [...new Set([address, ...further.map((each) => each.address)])];
    return [{ index, network: port.network, mac: port.mac, addresses }];
  });
}
