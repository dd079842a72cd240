/** The redirect of a migration: new steering and ingress markers for one commit, and its witness. */
import type { OxmField, PlainMessage } from '../openflow/index.js';
import { difference } from './change.js';
import type { Desired } from './flow.js';
import { partPortGroup, vnfPortGroup } from './groups.js';
import { markerFrame } from './marker.js';
import { sendFrame, VLAN_PRESENT } from './messages.js';
import { seen, switchesOf, wayTo, type SwitchNetwork } from './network.js';
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

/**
 * The difference, then one ingress marker for each NF port of srcInst, last in the same commit. A
 * port whose network is on several switches gets one from each: frames come from each of them.
 */
export function switchover(change: Switchover): PlainMessage[] {
  const { network, vnf, srcLinks, from, to, generation, token } = change;
  const ports = vnfPorts(network.topology, vnf);
  const markers = srcLinks.flatMap((link, port) => {
    const mac = ports[port]?.mac;
    const origins = switchesOf(network.topology, [link.network]);
    const index = origins.indexOf(network.switchName);
    if (mac === undefined || index < 0) return [];
    const frame = markerFrame('ingress', mac, port, token, { index, of: origins.length });
    return [sendFrame(wayTo(network, link), frame)];
  });
  return [...difference(from, to, generation), ...markers];
}

/**
 * For the standby on `links`, last in the commit that fences whoever served before it: it takes over
 * when this reaches it. `token` is that of its stream. Undefined when none of its ports is here.
 */
export function takeoverOrder(
  network: SwitchNetwork,
  vnf: string,
  links: InstanceLinks,
  token: string,
): PlainMessage | undefined {
  const ports = vnfPorts(network.topology, vnf);
  const index = links.findIndex((link) => seen(network, link)?.local === true);
  const link = links[index];
  const mac = ports[index]?.mac;
  if (link === undefined || mac === undefined) return undefined;
  return sendFrame(wayTo(network, link), markerFrame('takeover', mac, index, token));
}

/** A group as the switch itself describes it. */
export interface GroupEvidence {
  groupId: number;
  buckets: readonly { actions: readonly { type: string; port?: number; field?: OxmField }[] }[];
}

/**
 * Which instance the switch's own groups make active: `src` or `dest` when the groups of all NF
 * ports whose networks are on this switch agree, else `other`. `part`: of this part alone.
 */
export function witness(
  network: SwitchNetwork,
  groups: readonly GroupEvidence[],
  vnf: string,
  candidates: { src: InstanceLinks; dest: InstanceLinks },
  part?: number,
): 'src' | 'dest' | 'other' {
  const active = (links: InstanceLinks): boolean => {
    const here = links.flatMap((link, index) =>
      network.networks.includes(link.network) ? [{ link, index }] : [],
    );
    return (
      here.length > 0 &&
      here.every(({ link, index }) => {
        const id =
          part === undefined
            ? vnfPortGroup(network.topology, vnf, index)
            : partPortGroup(network.topology, vnf, part, index);
        return leadsTo(
          network,
          groups.find(({ groupId }) => groupId === id),
          link,
        );
      })
    );
  };
  if (active(candidates.src)) return 'src';
  return active(candidates.dest) ? 'dest' : 'other';
}

/** By its port, or by its label when it is on another switch: the way there may have changed. */
function leadsTo(
  network: SwitchNetwork,
  evidence: GroupEvidence | undefined,
  link: InstanceLinks[number],
): boolean {
  const [bucket, ...more] = evidence?.buckets ?? [];
  const found = seen(network, link);
  if (bucket === undefined || more.length > 0 || found === undefined) return false;
  const [first, label, last] = bucket.actions;
  if (found.local) {
    const [, ...others] = bucket.actions;
    const port = found.out?.port;
    return (
      others.length === 0 && first?.type === 'output' && port !== undefined && first.port === port
    );
  }
  const field = label?.field;
  const vid = field?.field === 'vlanVid' && 'value' in field ? field.value : undefined;
  return (
    first?.type === 'pushVlan' && last?.type === 'output' && vid === (VLAN_PRESENT | found.label)
  );
}
