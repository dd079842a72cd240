/**
 * The controller goes and comes, and the real Open vSwitch too: bridge fyk0 is steered, its ports
 * are wired to fyk1, from which frames are sent all the while to the VNF, and counted there.
 */
import t from 'tap';
import { systemClock } from '../../../sdn-app/clock.js';
import { EventLog } from '../../../sdn-app/events.js';
import {
  flowMod,
  match,
  packetOut,
  port,
  type PlainMessage,
} from '../../../sdn-app/openflow/index.js';
import {
  SwitchRegistry,
  listenForSwitches,
  type SwitchSession,
} from '../../../sdn-app/switch/index.js';
import { OWNED_FLOWS, compile, cookieOf, servingOn } from '../../../sdn-app/steering/index.js';
import { steerSwitches } from '../../../sdn-app/vnfs/session-adapter.js';
import { SteeringService } from '../../../sdn-app/vnfs/steering-service.js';
import { MAC, PORT, network, topology } from '../steering/lab-network.js';
import { PrivateOvs, whyNoOvs } from './private-ovs.js';

const STEERED = 1n;
const AROUND = 0xf1c102n;
const CONNECT_MS = 60_000;
const SEND_EVERY_MS = 2;

/** One life of the controller, and what it committed in it. */
class Life {
  readonly committed: PlainMessage[] = [];
  readonly session: Promise<SwitchSession>;
  #end: () => Promise<void> = () => Promise.resolve();
  port = 0;

  private constructor(readonly registry: SwitchRegistry) {
    registry.on('connected', (session) => {
      const commit = session.commit.bind(session);
      session.commit = (messages) => {
        this.committed.push(...messages);
        return commit(messages);
      };
    });
    this.session = registry.waitFor(STEERED, CONNECT_MS);
  }

  static async begin(listenPort = 0): Promise<Life> {
    const life = new Life(new SwitchRegistry());
    const events = new EventLog(systemClock);
    const steering = new SteeringService(topology, systemClock, events);
    steering.expect('nat1', { form: 'serving', host: 'host1' });
    life.#steering = steering;
    const untie = steerSwitches(life.registry, steering, topology, events);
    const listening = { address: '127.0.0.1', port: listenPort };
    const listener = await listenForSwitches(listening, life.registry);
    life.port = listener.port;
    life.#end = async () => {
      await listener.close();
      untie();
    };
    return life;
  }

  #steering: SteeringService | undefined;

  /** Until everything that is desired is known to be there. */
  async settled(): Promise<void> {
    while (this.#steering?.installed('nat1') !== true) await pause(5);
  }

  end(): Promise<void> {
    return this.#end();
  }
}

/** Sends numbered frames to the VNF until told to stop, and hears which of them arrive. */
class Stream {
  readonly #arrived = new Set<number>();
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(readonly session: SwitchSession) {
    session.on('packetIn', ({ data }) => {
      if (data.readUInt16BE(12) === 0x0800) this.#arrived.add(data.readUInt32BE(34));
    });
  }

  start(): void {
    this.#timer = setInterval(() => {
      const frame = Buffer.alloc(60);
      const head = `${MAC.inside}${MAC.client}`.replaceAll(':', '');
      frame.write(`${head}08004500002e00004000401100000a00000acb007101`, 'hex');
      frame.writeUInt32BE((this.#sent += 1), 34);
      const actions = [{ type: 'output' as const, port: PORT.client, maxLength: 0 }];
      this.session.post([packetOut({ actions, data: frame })]);
    }, SEND_EVERY_MS);
  }

  /** Frames that were sent, and those of them that did not arrive. */
  async stop(): Promise<{ sent: number; lost: number }> {
    clearInterval(this.#timer);
    const deadline = Date.now() + 20_000;
    while (this.#arrived.size < this.#sent && Date.now() < deadline) await pause(10);
    const result = { sent: this.#sent, lost: this.#sent - this.#arrived.size };
    this.#arrived.clear();
    this.#sent = 0;
    return result;
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function kinds(messages: readonly PlainMessage[]): string[] {
  return messages.map((each) => ('command' in each ? `${each.type} ${each.command}` : each.type));
}

const skip = whyNoOvs() ?? false;

t.test('flows come back, and only what differs', { skip, timeout: 300_000 }, async (t) => {
  let life = await Life.begin();
  const { port: steeredPort } = life;
  const aroundRegistry = new SwitchRegistry();
  const aroundListener = await listenForSwitches({ address: '127.0.0.1', port: 0 }, aroundRegistry);
  const ovs = await PrivateOvs.start();
  t.teardown(async () => {
    await ovs.stop();
    await life.end();
    await aroundListener.close();
  });
  await ovs.addBridge('fyk0', STEERED, steeredPort);
  await ovs.addBridge('fyk1', AROUND, aroundListener.port);
  for (const number of Object.values(PORT)) {
    await ovs.addWire(number, ['fyk0', `s1-eth${number}`], ['fyk1', `around${number}`]);
  }
  const around = async (): Promise<Stream> => {
    const session = await aroundRegistry.waitFor(AROUND, CONNECT_MS);
    const actions = [{ type: 'output' as const, port: port.controller, maxLength: 0xffff }];
    const instructions = [{ type: 'applyActions' as const, actions }];
    await session.commit([
      flowMod({ priority: 1, match: match({ inPort: PORT.host1Inside }), instructions }),
    ]);
    return new Stream(session);
  };
  const owned = async () => (await life.session).flows(OWNED_FLOWS);
  // Each port that is added brings flows: only then is everything there that shall be.
  const complete = compile(network, [servingOn(topology, 'nat1', 'host1')]).flows.length;
  const deadline = Date.now() + CONNECT_MS;
  while ((await owned()).length < complete && Date.now() < deadline) await pause(20);
  let stream = await around();

  await t.test('the controller restarts under traffic: nothing is written, or lost', async (t) => {
    stream.start();
    await life.end();
    life = await Life.begin(steeredPort);
    await life.settled();
    const { sent, lost } = await stream.stop();
    t.ok(sent > 0);
    t.equal(lost, 0);
    t.same(life.committed, []);
    t.equal((await owned()).length, complete);
  });

  await t.test('what was altered meanwhile is put right, under traffic', async (t) => {
    const flows = await owned();
    const drops = flows.filter(({ instructions }) => instructions.length === 0);
    const [gone, altered] = drops;
    if (gone === undefined || altered === undefined) throw new Error('there are drops');
    const { tableId, priority } = gone;
    const toNowhere = [{ type: 'applyActions' as const, actions: [] }];
    await (
      await life.session
    ).commit([
      flowMod({ command: 'deleteStrict', tableId, priority, match: gone.match }),
      flowMod({ ...altered, command: 'add', idleTimeout: 600, instructions: [] }),
      flowMod({ cookie: cookieOf(77), priority: 3, match: [], instructions: toNowhere }),
      flowMod({ cookie: 5n, priority: 4, tableId: 9, match: [], instructions: [] }),
    ]);
    stream.start();
    await life.end();
    life = await Life.begin(steeredPort);
    await life.settled();
    t.same(kinds(life.committed), ['flowMod add', 'flowMod add', 'flowMod deleteStrict']);
    t.equal((await stream.stop()).lost, 0);
    t.equal((await owned()).length, complete);
    const foreign = await (await life.session).flows({ cookie: 5n, cookieMask: 0xffffn });
    t.equal(foreign.length, 1, 'what is not ours is left alone');
  });

  await t.test('Open vSwitch is killed and restarts empty: everything is written', async (t) => {
    const before = kinds(life.committed).length;
    const again = new Promise((resolve) => life.registry.once('connected', resolve));
    await ovs.restartSwitch();
    await again;
    await life.settled();
    t.ok(life.committed.length - before > complete, 'flows and groups');
    const session = life.registry.get(STEERED);
    t.equal((await session?.flows(OWNED_FLOWS))?.length, complete);
    stream = await around();
    stream.start();
    await pause(20);
    const { sent, lost } = await stream.stop();
    t.ok(sent > 0);
    t.equal(lost, 0);
  });
});
