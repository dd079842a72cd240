/** The redirect of a migration: new steering and ingress markers for one commit, and its witness. */
import type { PlainMessage } from '../openflow/index.js';
import { difference } from './change.js';
import type { Desired } from './flow.js';
import { vnfPortGroup } from './groups.js';
import { markerFrame } from './marker.js';
import { sendFrame } from './messages.js';
import { portNumber, portOf, type SwitchNetwork } from './network.js';
import type { InstanceLinks } from './placement.js';
import { vnfPorts } from './vnf-port.js';

export interface Switchover {
  network: SwitchNetwork;
  vnf: string;
  /** Where the markers go. */
  srcLinks: InstanceLinks;
  from: Desired;
  to: Desired;
  generation: number;
  /** The migration's 32 hex digits. */
  token: string;
}

/** The difference, then one ingress marker for each NF port of srcInst, last in the same commit. */
export function switchover(change: Switchover): PlainMessage[] {
  const { network, vnf, srcLinks, from, to, generation, token } = change;
  const ports = vnfPorts(network.topology, vnf);
  const markers = srcLinks.flatMap((link, index) => {
    const mac = ports[index]?.mac;
    if (mac === undefined) return [];
    return [sendFrame(portOf(network, link), markerFrame('ingress', mac, index, token))];
  });
  return [...difference(from, to, generation), ...markers];
}

/** A group as the switch itself describes it. */
export interface GroupEvidence {
  groupId: number;
  buckets: readonly { actions: readonly { type: string; port?: number }[] }[];
}

/**
 * Which instance the switch's own groups make active: `src` or `dest` when the groups of all NF
 * ports agree, else `other`.
 */
export function witness(
  network: SwitchNetwork,
  groups: readonly GroupEvidence[],
  vnf: string,
  candidates: { src: InstanceLinks; dest: InstanceLinks },
): 'src' | 'dest' | 'other' {
  const found = vnfPorts(network.topology, vnf).map(({ index }) => {
    const id = vnfPortGroup(network.topology, vnf, index);
    return outputOf(groups.find(({ groupId }) => groupId === id));
  });
  const active = (links: InstanceLinks): boolean =>
    found.length === links.length &&
    !found.includes(undefined) &&
    links.every((link, index) => found[index] === portNumber(network, link));
  if (active(candidates.src)) return 'src';
  return active(candidates.dest) ? 'dest' : 'other';
}

function outputOf(evidence: GroupEvidence | undefined): number | undefined {
  const [bucket, ...more] = evidence?.buckets ?? [];
  const [action, ...others] = bucket?.actions ?? [];
  if (more.length > 0 || others.length > 0 || action?.type !== 'output') return undefined;
  return action.port;
}
