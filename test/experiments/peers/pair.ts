// Both routers of a lab: started, watched and ended together.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tool } from '../../../sdn-app/cli/chaos/tool.js';
import { LAB_DIR } from '../../../sdn-app/cli/paths.js';
import { FerryError } from '../../../sdn-app/contract/errors.js';
import { parseInterface } from '../../../sdn-app/contract/names.js';
import { NF_KINDS } from '../../../sdn-app/contract/nf.js';
import { canHaveVnf, linksForVnf, managementAddress } from '../../../sdn-app/contract/resolve.js';
import { portOrder, topologySchema, type Topology } from '../../../sdn-app/contract/topology.js';
import { PeerRouter } from './router.js';
import type { PeerSetting, RouterPlace } from './setting.js';

const PATIENCE_MS = 30_000;
const POLL_MS = 20;
const PRIORITIES = [150, 100] as const;
const DAEMONS = { keepalived: '/usr/sbin/keepalived', conntrackd: '/usr/sbin/conntrackd' };
/** Before Ferry's own flows, which know nothing of addresses that move by themselves. */
const LEARNING = 'table=0,priority=65535,actions=NORMAL';

/** @throws FerryError TOOL_MISSING. */
export function requireDaemons(): void {
  for (const [name, path] of Object.entries(DAEMONS)) {
    if (existsSync(path)) continue;
    const message = `${name} is not installed: \`bash mininet/setup.sh --dev\` does that`;
    throw new FerryError('TOOL_MISSING', message, name);
  }
}

/** The same hosts, switches and links without the VNF, whose addresses the routers take. */
export function withoutVnf(topology: Topology): Topology {
  const apart = { name: `${topology.name}-peers`, vnfs: {}, chaos: [], traffic: undefined };
  return topologySchema.parse({ ...topology, ...apart });
}

/** The hosts that could have the VNF of the topology's load: one router each. */
export function routerPlaces(topology: Topology): [RouterPlace, RouterPlace] {
  const name = topology.traffic?.vnf ?? '';
  const vnf = topology.vnfs[name];
  if (vnf?.kind !== 'nat44') {
    throw new FerryError('TOPOLOGY_INVALID', 'the load needs a VNF of kind nat44', 'traffic.vnf');
  }
  const able = Object.keys(topology.hosts).filter((host) => canHaveVnf(topology, host, vnf));
  const found = able.flatMap((host) => {
    const pair = linksForVnf(topology, host, vnf);
    const [inside, outside] = pair?.map(({ hostInterface }) => hostInterface) ?? [];
    return inside === undefined || outside === undefined ? [] : [{ host, inside, outside }];
  });
  const [own] = portOrder(vnf).map((port) => vnf.ports[port]);
  const insideNet = topology.networks[own?.network ?? '']?.subnet ?? '';
  const [pool] = NF_KINDS.nat44.config.parse(vnf.config).pool;
  const virtual = {
    inside: `${parseInterface(own?.address ?? '').address}/32`,
    outside: `${pool ?? ''}/32`,
  };
  const place = (index: 0 | 1): RouterPlace => {
    const [mine, other] = [found[index], found[1 - index]];
    if (mine === undefined || other === undefined) {
      throw new FerryError('TOPOLOGY_INVALID', `${name} needs two hosts`, 'hosts');
    }
    const addressOf = (host: string): string => managementAddress(topology, host);
    return {
      ...mine,
      priority: PRIORITIES[index],
      insideNet,
      virtual,
      sync: {
        interface: `${mine.host}-mgmt`,
        own: addressOf(mine.host),
        other: addressOf(other.host),
      },
      directory: join(LAB_DIR, 'peers', mine.host),
    };
  };
  return [place(0), place(1)];
}

export class PeerPair {
  readonly #routers: readonly [PeerRouter, PeerRouter];

  private constructor(routers: readonly [PeerRouter, PeerRouter]) {
    this.#routers = routers;
  }

  /** In a running lab; `topology` names the addresses. The switches learn like any other. */
  static async prepare(topology: Topology): Promise<PeerPair> {
    for (const name of Object.keys(topology.switches)) {
      await tool(['ovs-ofctl', '-O', 'OpenFlow13', 'add-flow', name, LEARNING]);
    }
    const [first, second] = routerPlaces(topology);
    return new PeerPair([await PeerRouter.prepare(first), await PeerRouter.prepare(second)]);
  }

  /** Resolves when one is master and the other its backup, with nothing known of earlier runs. */
  async start(setting: PeerSetting): Promise<void> {
    const all = this.#routers;
    for (const router of all) await router.startConntrackd(setting);
    for (const router of all) await within('conntrackd answers', () => router.answers());
    for (const router of all) await router.forget();
    for (const router of all) await router.startKeepalived();
    await this.roles();
  }

  async stop(): Promise<void> {
    for (const router of this.#routers) await router.stop();
  }

  /** Resolves when just one of them serves. */
  async roles(): Promise<{ master: PeerRouter; backup: PeerRouter }> {
    const [first, second] = this.#routers;
    let serves = [false, false];
    await within('just one of them is master', async () => {
      serves = await Promise.all([first.serves(), second.serves()]);
      return serves[0] !== serves[1];
    });
    return serves[0] === true
      ? { master: first, backup: second }
      : { master: second, backup: first };
  }

  /** How often one of them became master so far. */
  async takeovers(): Promise<number> {
    const [first, second] = this.#routers;
    return (await first.takeovers()) + (await second.takeovers());
  }

  /** Resolves when the backup has heard of so many mappings. */
  async synchronised(flows: number): Promise<void> {
    const { backup } = await this.roles();
    await within('the backup has every mapping', async () => (await backup.heard()) >= flows);
  }

  /** False when it does not in time. */
  tookOver(router: PeerRouter): Promise<boolean> {
    return inTime(() => router.serves());
  }
}

/** @throws FerryError LAB_FAILED when it does not come about. */
async function within(what: string, holds: () => Promise<boolean>): Promise<void> {
  if (await inTime(holds)) return;
  const where = `see the logs in ${join(LAB_DIR, 'peers')}`;
  throw new FerryError('LAB_FAILED', `not within ${PATIENCE_MS} ms: ${what}; ${where}`);
}

async function inTime(holds: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}
