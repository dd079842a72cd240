/** The world of the migration tests, with nat1 on both hosts, each instance the other's replica. */
import { PORTS_OF_HOST } from '../migration/world/fake-switch.js';
import type { World } from '../migration/world/world.js';
import { MAC, PORT } from '../steering/lab-network.js';
import { protectedWorld } from './protected-world.js';

export const SHARES = [
  { flows: 'src=10.0.0.0/17', native: { src: '10.0.0.0/17' }, client: '10.0.0.9' },
  { flows: 'src=10.0.128.0/17', native: { src: '10.0.128.0/17' }, client: '10.0.128.9' },
];

/** Both hosts serve, and each has the other's replica. */
export async function activeWorld(): Promise<World> {
  const active = ['host1', 'host2'].map((host, index) => {
    return { host, flows: [SHARES[index]?.flows ?? ''] };
  });
  const world = await protectedWorld({ mechanism: '1R-AA', active });
  world.points.length = 0;
  return world;
}

/** Hosts that get what this client sends. */
export function receivers(world: World, ipv4Src: string): string[] {
  const frame = { inPort: PORT.client, ethSrc: MAC.client, ethDst: MAC.inside, ipv4Src };
  const ports = world.switch.table.outputs({ ...frame, ipv4Dst: '203.0.113.10' });
  return Object.entries(PORTS_OF_HOST)
    .filter(([, { inside }]) => ports.includes(inside))
    .map(([host]) => host);
}

/** What is wrong with the world at rest; `lost`: two processes with the same state have died. */
export function faultsOf(world: World, lost = false): string[] {
  const found: string[] = [];
  const vnf = world.controller.vnfs.get('nat1');
  if (vnf === undefined) return ['no VNF'];
  if (vnf.state !== 'serving') found.push(`the VNF is ${vnf.state}`);
  for (const { flows, native, client } of SHARES) {
    const at = vnf.parts.find((part) => part.flows === flows) ?? vnf;
    const hosts = receivers(world, client).join();
    if (hosts !== at.host) found.push(`${hosts} gets ${flows}, ${at.host} should`);
    const instance = world.hosts.get(at.host)?.instances.get(at.instance);
    const lineage = instance?.lineageOf(native);
    if (instance?.alive !== true || instance.mode !== 'serving') {
      found.push(`${at.instance} with ${flows} does not serve`);
    } else if (lineage === 'gone' || (lineage === 'empty' && !lost)) {
      found.push(`the state of ${flows} is ${lineage}`);
    }
  }
  const speakers = world.switch.speakers().sort().join();
  if (speakers !== 'host1,host2') found.push(`only ${speakers} may speak`);
  const running = [...world.hosts.values()].flatMap((host) =>
    [...host.instances.values()].filter(({ alive }) => alive),
  ).length;
  if (running !== 2) found.push(`${running} instances run`);
  const { replicas = [] } = world.controller.recoveries.redundancy('nat1') ?? {};
  const kept = replicas.map(({ ofHost, host, state }) => `${ofHost} on ${host}: ${state}`);
  const wanted = ['host1 on host2: ready', 'host2 on host1: ready'];
  if (kept.sort().join() !== wanted.join()) found.push(`replicas are ${kept.join(' and ')}`);
  return found;
}

/** The instance that serves this share. */
export function serving(world: World, share: (typeof SHARES)[number] | undefined) {
  const vnf = world.controller.vnfs.get('nat1');
  return vnf?.parts.find(({ flows }) => flows === share?.flows) ?? vnf;
}
