// A part of a VNF moves to another host and back, with a fault at every point; the rest is served on.
import t from 'tap';
import type { MigrationResource } from '../../../sdn-app/contract/rest.js';
import { FAULTS, POINTS, type Fault, type Point } from './world/fault-kinds.js';
import { PORTS_OF_HOST } from './world/fake-switch.js';
import { MAC, PORT } from '../steering/lab-network.js';
import { World } from './world/world.js';

const FLOWS = 'src=10.0.128.0/17';
const NATIVE = { src: '10.0.128.0/17' };
const LIMIT_MS = 120_000;

async function movePart(world: World, to: string): Promise<MigrationResource> {
  const request = { vnf: 'nat1', to, strategy: 'statelet', flows: FLOWS };
  return world.clock.settled(world.controller.coordinator.migrate(request));
}

async function moved(world: World, to: string): Promise<void> {
  const { id } = await movePart(world, to);
  await world.clock.until(() => world.controller.coordinator.get(id).endedAt !== null, LIMIT_MS);
  const { state } = world.controller.coordinator.get(id);
  if (state !== 'completed') throw new Error(`a faultless move ended ${state}`);
  await world.clock.run(100);
}

/** Hosts that get what a client of the part, and one of the rest, sends. */
function receivers(world: World, ipv4Src: string): string[] {
  const frame = { inPort: PORT.client, ethSrc: MAC.client, ethDst: MAC.inside, ipv4Src };
  const ports = world.switch.table.outputs({ ...frame, ipv4Dst: '203.0.113.10' });
  return Object.entries(PORTS_OF_HOST)
    .filter(([, { inside }]) => ports.includes(inside))
    .map(([host]) => host);
}

/** What is wrong with the world at rest; `lost`: a process with state has died. */
function faultsOf(world: World, lost: boolean): string[] {
  const found: string[] = [];
  const vnf = world.controller.vnfs.get('nat1');
  if (vnf === undefined) return ['no VNF'];
  if (vnf.state !== 'serving') found.push(`the VNF is ${vnf.state}`);
  const [part] = vnf.parts;
  const places = [
    { who: 'rest', client: '10.0.0.9', at: vnf, flows: undefined },
    { who: 'part', client: '10.0.128.9', at: part ?? vnf, flows: NATIVE },
  ];
  for (const { who, client, at, flows } of places) {
    const hosts = receivers(world, client).join();
    if (hosts !== at.host) found.push(`${hosts} gets the ${who}, ${at.host} should`);
    const instance = world.hosts.get(at.host)?.instances.get(at.instance);
    if (instance?.alive !== true || instance.mode !== 'serving') {
      found.push(`${at.instance} of the ${who} does not serve`);
    } else if (!lost && instance.lineageOf(flows) !== 'whole') {
      found.push(`the state of the ${who} is ${instance.lineageOf(flows)}`);
    } else if (instance.lineageOf(flows) === 'gone') found.push(`the ${who} is nowhere`);
  }
  const speakers = world.switch.speakers().sort().join();
  const serving = [...new Set([vnf.host, ...vnf.parts.map(({ host }) => host)])].sort().join();
  if (speakers !== serving) found.push(`${speakers} may speak, ${serving} serve`);
  const running = [...world.hosts.values()].flatMap((host) =>
    [...host.instances.values()].filter(({ alive }) => alive),
  ).length;
  if (running !== 1 + vnf.parts.length) found.push(`${running} instances run`);
  return found;
}

t.test('there and back', async (t) => {
  const world = await World.serving();
  await moved(world, 'host2');
  t.same(
    world.controller.vnfs.get('nat1')?.parts.map(({ flows, host }) => ({ flows, host })),
    [{ flows: FLOWS, host: 'host2' }],
  );
  t.same(faultsOf(world, false), []);
  const refused = world.controller.coordinator.migrate({
    ...{ vnf: 'nat1', to: 'host2', strategy: 'statelet' },
  });
  await t.rejects(refused, { code: 'VNF_SPLIT' });
  await t.rejects(movePart(world, 'host2'), { code: 'VNF_ALREADY_THERE' });
  await moved(world, 'host1');
  t.same(world.controller.vnfs.get('nat1')?.parts, []);
  t.same(world.faults(), [], 'as if it had never been divided');
  t.equal(world.lineage(), 'whole');
});

t.test('a controller that is started anew knows the parts', async (t) => {
  const world = await World.serving();
  await moved(world, 'host2');
  world.killController(400);
  await world.clock.run(3000);
  await world.calm();
  t.equal(world.controller.vnfs.get('nat1')?.parts.length, 1);
  t.same(faultsOf(world, false), []);
});

/** Deaths of processes that have state. */
const DEADLY: ReadonlySet<Fault> = new Set([
  ...(['destInst dies', 'srcInst dies', 'dest host reboots', 'src host reboots'] as const),
]);

for (const to of ['host2', 'host1'] as const) {
  t.test(`on the way to ${to}, any fault at any point`, async (t) => {
    for (const [index, fault] of (Object.keys(FAULTS) as Fault[]).entries()) {
      // Half of them on the way there, the other half on the way back.
      const parity = to === 'host2' ? 0 : 1;
      for (const point of POINTS.filter((_, at) => (at + index) % 2 === parity)) {
        const world = await World.serving();
        if (to === 'host1') await moved(world, 'host2');
        world.points.length = 0;
        strikeAt(world, point, fault);
        await movePart(world, to).catch(() => undefined);
        const what = `${fault} ${point}`;
        try {
          await world.calm();
        } catch (error) {
          t.fail(`${what}: ${String(error)}`);
          continue;
        }
        t.same(faultsOf(world, DEADLY.has(fault)), [], what);
        t.equal(new Set(receivers(world, '10.0.0.9')).size, 1, what);
      }
    }
  });
}

function strikeAt(world: World, point: Point, fault: Fault): void {
  world.strike(point, () => FAULTS[fault](world));
}
