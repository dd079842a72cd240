/** Addresses of a topology: every IP and MAC belongs to one thing, and subnets lie apart. */
import { FerryError } from './errors.js';
import { nfDefinition } from './nf.js';
import { ipv4ToNumber, parseInterface } from './names.js';
import { MANAGEMENT, type ResolvedLink } from './resolve.js';
import type { Topology } from './topology.js';

interface Range {
  owner: string;
  first: number;
  last: number;
}

function rangeOf(owner: string, subnet: string): Range {
  const { network, prefix } = parseInterface(subnet);
  return { owner, first: network, last: network + 2 ** (32 - prefix) - 1 };
}

/** Subnets lie apart from each other and from the management network. */
export function checkNetworks(topology: Topology): void {
  const management = `${MANAGEMENT.controller}/${MANAGEMENT.prefix}`;
  const taken: Range[] = [rangeOf('the management network', management)];
  for (const [name, { subnet }] of Object.entries(topology.networks)) {
    const range = rangeOf(`network ${name}`, subnet);
    const other = taken.find((each) => each.first <= range.last && range.first <= each.last);
    if (other !== undefined) {
      throw new FerryError(
        'TOPOLOGY_INVALID',
        `${subnet} overlaps ${other.owner}`,
        `networks.${name}.subnet`,
      );
    }
    taken.push(range);
  }
}

/** Walks every address of the file; the second thing to claim one is at fault. */
export function claimAddresses(topology: Topology, links: readonly ResolvedLink[]): void {
  const owners = new Map<string, string>();
  const claim = (value: string, owner: string, field: string): void => {
    const other = owners.get(value);
    if (other !== undefined && other !== owner) {
      throw new FerryError('TOPOLOGY_ADDRESS_IN_USE', `${value} belongs to ${other}`, field);
    }
    owners.set(value, owner);
  };
  const claimInterface = (text: string, owner: string, field: string): void => {
    const { address, network, prefix } = parseInterface(text);
    const number = ipv4ToNumber(address);
    if (number === network || number === network + 2 ** (32 - prefix) - 1) {
      throw new FerryError(
        'TOPOLOGY_INVALID',
        `${address} is the network or broadcast address of its subnet`,
        field,
      );
    }
    claim(address, owner, field);
  };

  links.forEach((link, index) => {
    const owner = `link ${link.hostInterface}`;
    claimInterface(link.address, owner, `links.${index}.address`);
    claim(link.mac, owner, `links.${index}.mac`);
  });
  for (const [name, vnf] of Object.entries(topology.vnfs)) {
    for (const [port, spec] of Object.entries(vnf.ports)) {
      const owner = `port ${port} of VNF ${name}`;
      claimInterface(spec.address, owner, `vnfs.${name}.ports.${port}.address`);
      claim(spec.mac, owner, `vnfs.${name}.ports.${port}.mac`);
      // Its further addresses may repeat its first.
      const { prefix } = parseInterface(spec.address);
      const further = nfDefinition(vnf.kind).ownAddresses?.(vnf.config, port) ?? [];
      for (const { address, field } of further) {
        claimInterface(`${address}/${prefix}`, owner, `vnfs.${name}.config.${field}`);
      }
    }
  }
}
