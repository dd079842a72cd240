// Strategy `move`: packets wait at the controller while state moves, none is lost, doubled or
// reordered; what cannot be kept rolls it back; a fault leaves the world whole.
import t from 'tap';
import type { MigrationResource } from '../../../sdn-app/contract/rest.js';
import { MAC, PORT, topology as labTopology } from '../steering/lab-network.js';
import { FAULTS } from './world/fault-kinds.js';
import { bearsFaults } from './world/fault-mixes.js';
import { World } from './world/world.js';

const EVERY_MS = 4;
const FRAME_BYTES = 1000;

/** A client that numbers its packets and sends one every few milliseconds. */
class Client {
  sent = 0;
  #running = true;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.#send();
  }

  stop(): void {
    this.#running = false;
  }

  #send(): void {
    if (!this.#running) return;
    const frame = Buffer.alloc(FRAME_BYTES);
    frame.set(mac(MAC.inside), 0);
    frame.set(mac(MAC.client), 6);
    frame.writeUInt16BE(0x0800, 12);
    frame.writeUInt32BE(this.sent, 14);
    this.sent += 1;
    this.#world.switch.receive(PORT.client, frame);
    this.#world.clock.after(EVERY_MS, () => this.#send());
  }
}

function mac(text: string): Buffer {
  return Buffer.from(text.replaceAll(':', ''), 'hex');
}

/** Moves the VNF under traffic; answers what each host's first instance processed. */
async function moved(world: World): Promise<{
  resource: MigrationResource;
  sent: number;
  order: number[];
  onSrc: readonly number[];
}> {
  const client = new Client(world);
  await world.clock.run(50);
  const src = world.instanceOn('host1');
  const { id } = await world.migrate('host2', 'move');
  const dest = () => world.instanceOn('host2');
  let last = dest();
  await world.clock.until(() => {
    last = dest() ?? last;
    return world.controller.coordinator.get(id).endedAt !== null;
  }, 120_000);
  await world.clock.run(50);
  client.stop();
  await world.calm();
  const order = [...(src?.processed ?? []), ...(last?.processed ?? [])];
  const resource = world.controller.coordinator.get(id);
  return { resource, sent: client.sent, order, onSrc: src?.processed ?? [] };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

t.test('every packet once and in order, those that waited first', async (t) => {
  const world = await World.serving();
  const { resource, sent, order, onSrc } = await moved(world);
  t.match(resource, { state: 'completed', strategy: 'move', notes: [] });
  t.ok(onSrc.length < sent / 2, 'srcInst stood still while its state moved');
  t.same(order, upTo(sent));
  const report = world.controller.coordinator.report(resource.id);
  t.same(report.guarantees, ['loss-free', 'order-preserving']);
  t.ok((report.migration.peakBufferedPackets ?? 0) > 50, 'it says how many waited');
  t.equal(world.lineage(), 'whole');
  t.same(world.faults(), []);
});

t.test('more than the controller keeps: srcInst serves on, with every packet', async (t) => {
  const topology = structuredClone(labTopology);
  const nat = topology.vnfs['nat1'];
  if (nat !== undefined) nat.holdBytes = 65_536;
  const world = await World.serving(topology);
  const { resource, sent, order } = await moved(world);
  t.match(resource, { state: 'rolledBack', reason: /^DETOUR_OVERFLOW: .*holdBytes/ });
  t.same(order, upTo(sent));
  t.same(world.controller.coordinator.report(resource.id).guarantees, [
    'loss-free',
    'order-preserving',
  ]);
  t.equal(world.lineage(), 'whole');
  t.same(world.faults(), []);
});

t.test('destInst dies while packets wait: srcInst gets them', async (t) => {
  for (const point of ['after connect', 'synchronised', 'after prepareSwitch'] as const) {
    const world = await World.serving();
    world.strike(point, () => FAULTS['destInst dies'](world));
    const { resource, sent, onSrc } = await moved(world);
    t.equal(resource.state, 'rolledBack', point);
    t.same(onSrc, upTo(sent), point);
    t.same(world.faults(), [], point);
  }
});

t.test('what is lost is told', async (t) => {
  for (const fault of ['controller killed', 'switch gone shortly'] as const) {
    const world = await World.serving();
    world.strike('synchronised', () => FAULTS[fault](world));
    const { resource } = await moved(world);
    t.match(resource.notes.join('\n'), /what (waited there|came in meanwhile) is lost/, fault);
    const { guarantees } = world.controller.coordinator.report(resource.id);
    t.notOk(guarantees.includes('loss-free'), fault);
    t.same(world.faults(), [], fault);
    t.equal(world.lineage(), 'whole', fault);
  }
});

t.test('under any faults the world is whole in the end', async (t) => {
  await t.resolves(bearsFaults('move', 5));
});
