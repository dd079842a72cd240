/** Table 0: who may speak. Fences failed and standby instances, and leads markers to destInst. */
import type { ResolvedLink } from '../contract/resolve.js';
import type { Flow } from './flow.js';
import { networkId, portOf, type SwitchNetwork } from './network.js';
import type { Placement } from './placement.js';
import { ETH_TYPE } from './tables.js';
import { vnfPorts } from './vnf-port.js';

const PRIORITY = { leadMarker: 400, dropMarker: 300, speaker: 200, fence: 100, admit: 10, miss: 0 };

export function admission(network: SwitchNetwork, placements: readonly Placement[]): Flow[] {
  return [
    { table: 'admission', priority: PRIORITY.miss, match: {}, actions: [] },
    {
      table: 'admission',
      priority: PRIORITY.dropMarker,
      match: { ethType: ETH_TYPE.marker },
      actions: [],
    },
    ...network.links.flatMap((link) => {
      if (link.portNo === undefined) return [];
      return [admit(network, link, PRIORITY.admit, { inPort: link.portNo })];
    }),
    ...network.vnfs.flatMap((vnf) => fence(network, vnf)),
    ...placements.flatMap((placement) => [
      ...speakers(network, placement),
      ...markers(network, placement),
    ]),
  ];
}

/** Nobody uses a virtual MAC, unless a speaker's flow of higher priority says otherwise. */
function fence(network: SwitchNetwork, vnf: string): Flow[] {
  return vnfPorts(network.topology, vnf).map(({ mac }) => ({
    table: 'admission',
    priority: PRIORITY.fence,
    match: { ethSrc: mac },
    actions: [],
  }));
}

function speakers(network: SwitchNetwork, placement: Placement): Flow[] {
  const ports = vnfPorts(network.topology, placement.vnf);
  return placement.speakers.flatMap((links) =>
    links.flatMap((link, index) => {
      const mac = ports[index]?.mac;
      if (mac === undefined) return [];
      const match = { inPort: portOf(network, link), ethSrc: mac };
      return [admit(network, link, PRIORITY.speaker, match)];
    }),
  );
}

function markers(network: SwitchNetwork, placement: Placement): Flow[] {
  return (placement.drainFrom ?? []).flatMap((link, index) => {
    const active = placement.activeLinks[index];
    if (active === undefined) return [];
    return [
      {
        table: 'admission',
        priority: PRIORITY.leadMarker,
        match: { inPort: portOf(network, link), ethType: ETH_TYPE.marker },
        actions: [{ type: 'output', port: portOf(network, active) }],
      } satisfies Flow,
    ];
  });
}

function admit(
  network: SwitchNetwork,
  link: ResolvedLink,
  priority: number,
  match: Flow['match'],
): Flow {
  const metadata = networkId(network.topology, link.network);
  return {
    table: 'admission',
    priority,
    match,
    actions: [],
    next: { table: 'delivery', metadata },
  };
}
