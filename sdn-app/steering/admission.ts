/** Table 0: who may speak. Fences failed and standby instances, and leads markers to destInst. */
import type { ResolvedLink } from '../contract/resolve.js';
import type { Flow } from './flow.js';
import { networkId, seen, wayTo, type SwitchNetwork } from './network.js';
import type { Placement } from './placement.js';
import { ETH_TYPE } from './tables.js';
import { vnfPorts } from './vnf-port.js';

const PRIORITY = {
  trunk: 500,
  leadMarker: 400,
  dropMarker: 300,
  speaker: 200,
  fence: 100,
  admit: 10,
  miss: 0,
};

export function admission(network: SwitchNetwork, placements: readonly Placement[]): Flow[] {
  return [
    {
      table: 'admission',
      priority: PRIORITY.miss,
      match: {},
      actions: [],
      next: { table: 'network' },
    },
    {
      table: 'admission',
      priority: PRIORITY.dropMarker,
      match: { ethType: ETH_TYPE.marker },
      actions: [],
    },
    ...network.trunks.map(({ portNo }): Flow => ({
      table: 'admission',
      priority: PRIORITY.trunk,
      match: { inPort: portNo },
      actions: [],
      next: { table: 'transit' },
    })),
    ...network.links.flatMap((link) => admit(network, link, PRIORITY.admit, {})),
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
      return mac === undefined ? [] : admit(network, link, PRIORITY.speaker, { ethSrc: mac });
    }),
  );
}

function markers(network: SwitchNetwork, placement: Placement): Flow[] {
  return (placement.drainFrom ?? []).flatMap((link, index): Flow[] => {
    const active = (placement.drainTo ?? placement.activeLinks)[index];
    const inPort = localPort(network, link);
    if (active === undefined || inPort === undefined) return [];
    return [
      {
        table: 'admission',
        priority: PRIORITY.leadMarker,
        match: { inPort, ethType: ETH_TYPE.marker },
        actions: [{ type: 'output', ...wayTo(network, active) }],
      },
    ];
  });
}

/** What comes in by a link of this switch goes on into the link's network. */
function admit(
  network: SwitchNetwork,
  link: ResolvedLink,
  priority: number,
  match: Flow['match'],
): Flow[] {
  const inPort = localPort(network, link);
  if (inPort === undefined) return [];
  const metadata = networkId(network.topology, link.network);
  return [
    {
      table: 'admission',
      priority,
      match: { inPort, ...match },
      actions: [],
      next: { table: 'delivery', metadata },
    },
  ];
}

function localPort(network: SwitchNetwork, link: ResolvedLink): number | undefined {
  const found = seen(network, link);
  return found?.local === true ? found.out?.port : undefined;
}
