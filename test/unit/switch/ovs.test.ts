/**
 * Against the real Open vSwitch: bridge fysw0 is steered; each of its ports is wired to fysw1,
 * from which the test sends frames and hears, as packet-ins, what comes out.
 */
import t from 'tap';
import {
  flowMod,
  match,
  packetOut,
  port,
  type PlainMessage,
} from '../../../sdn-app/openflow/index.js';
import {
  MARKER_SOURCE,
  OWNED_FLOWS,
  compile,
  difference,
  drainingTo,
  install,
  instanceLinks,
  markerFrame,
  owned,
  servingOn,
  switchNetwork,
  switchover,
  witness,
  type Desired,
} from '../../../sdn-app/steering/index.js';
import {
  SwitchRegistry,
  listenForSwitches,
  type SwitchSession,
} from '../../../sdn-app/switch/index.js';
import { FakeTable, type Frame } from '../steering/fake-table.js';
import { MAC, PORT, portNumbers, topology } from '../steering/lab-network.js';
import { PrivateOvs, whyNoOvs } from './private-ovs.js';

const TOKEN = '00112233445566778899aabbccddeeff';
const STEERED = 0xfe5701n;
const AROUND = 0xfe5702n;
const CONNECT_MS = 30_000;
const PATIENCE_MS = 20_000;

/** EtherType of the frame that shows that all before it have come. */
const SENTINEL = 0x88b6;

/** What the comparison needs of a test. */
type Asserts = Pick<typeof t, 'equal' | 'same'>;

class Around {
  readonly #session: SwitchSession;
  #heard: { port: number; data: Buffer }[] = [];
  #wake: () => void = () => undefined;

  constructor(session: SwitchSession) {
    this.#session = session;
    session.on('packetIn', ({ match: fields, data }) => {
      const inPort = fields.find(({ field }) => field === 'inPort');
      if (inPort?.field !== 'inPort') return;
      this.#heard.push({ port: inPort.value, data });
      this.#wake();
    });
  }

  async begin(): Promise<void> {
    const actions = [{ type: 'output' as const, port: port.controller, maxLength: 0xffff }];
    const instructions = [{ type: 'applyActions' as const, actions }];
    await this.#session.commit([flowMod({ priority: 1, match: [], instructions })]);
  }

  /** Where the frame, sent into port `inPort` of the steered bridge, comes out. */
  async outputs(frame: Frame): Promise<number[]> {
    this.#heard = [];
    await this.#session.commit([this.#send(frame.inPort, bytesOf(frame))]);
    await this.settle();
    return this.#heard.map((each) => each.port).sort((a, b) => a - b);
  }

  /** What has come out since the last question. */
  async heard(): Promise<{ port: number; data: Buffer }[]> {
    await this.settle();
    return this.#heard;
  }

  forget(): void {
    this.#heard = [];
  }

  /** Frames keep their order on the way, so a last one shows that no other is to come. */
  async settle(): Promise<void> {
    const { client, host1Inside } = PORT;
    const frame = { ethSrc: MAC.client, ethDst: MAC.host1Inside, ethType: SENTINEL };
    const deadline = setTimeout(() => {
      throw new Error('the sentinel was lost');
    }, PATIENCE_MS);
    await this.#session.commit([this.#send(client, bytesOf({ inPort: client, ...frame }))]);
    const isSentinel = ({ data }: { data: Buffer }): boolean => data.readUInt16BE(12) === SENTINEL;
    while (!this.#heard.some((each) => each.port === host1Inside && isSentinel(each))) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    clearTimeout(deadline);
    this.#heard = this.#heard.filter((each) => !isSentinel(each));
  }

  #send(portNo: number, data: Buffer): PlainMessage {
    return packetOut({ actions: [{ type: 'output', port: portNo, maxLength: 0 }], data });
  }
}

function bytesOf({ ethSrc, ethDst, ethType = 0x0800, arpTpa }: Frame): Buffer {
  const hex = (mac: string): string => mac.replaceAll(':', '');
  const head = Buffer.from(
    hex(ethDst) + hex(ethSrc) + ethType.toString(16).padStart(4, '0'),
    'hex',
  );
  const body = Buffer.alloc(46);
  if (arpTpa !== undefined) {
    Buffer.from('0001080006040001', 'hex').copy(body);
    Buffer.from(arpTpa.split('.').map(Number)).copy(body, 24);
  } else if (ethType === 0x0800) {
    body.write('4500002e00004000401100000a000001cb007101', 'hex');
  }
  return Buffer.concat([head, body]);
}

/** Every kind of frame from every port. */
function frames(): Frame[] {
  const destinations = [
    MAC.inside,
    MAC.outside,
    MAC.client,
    MAC.server,
    MAC.broadcast,
    MAC.unknown,
  ];
  const sources = [MAC.client, MAC.inside, MAC.outside];
  return Object.values(PORT).flatMap((inPort): Frame[] => [
    ...sources.flatMap((ethSrc) => destinations.map((ethDst) => ({ inPort, ethSrc, ethDst }))),
    ...['10.0.0.1', '203.0.113.3', '10.0.0.9'].map((arpTpa) => {
      return { inPort, ethSrc: MAC.client, ethDst: MAC.broadcast, ethType: 0x0806, arpTpa };
    }),
    { inPort, ethSrc: MARKER_SOURCE, ethDst: MAC.inside, ethType: 0x88b5 },
  ]);
}

const reason = whyNoOvs();

t.test('Open vSwitch', { skip: reason ?? false, timeout: 240_000 }, async (t) => {
  const registry = new SwitchRegistry();
  const listening = { address: '127.0.0.1', port: 0 };
  let listener = await listenForSwitches(listening, registry);
  const ovs = await PrivateOvs.start();
  t.teardown(async () => {
    await ovs.stop();
    await listener.close();
  });
  await ovs.addBridge('fysw0', STEERED, listener.port);
  await ovs.addBridge('fysw1', AROUND, listener.port);
  for (const number of Object.values(PORT)) {
    await ovs.addWire(number, ['fysw0', `s1-eth${number}`], ['fysw1', `around${number}`]);
  }
  let session = await registry.waitFor(STEERED, CONNECT_MS);
  const around = new Around(await registry.waitFor(AROUND, CONNECT_MS));
  await around.begin();

  const network = switchNetwork(topology, 's1', portNumbers);
  const stable1 = compile(network, [servingOn(topology, 'nat1', 'host1')]);
  const draining = compile(network, [drainingTo(topology, 'nat1', 'host1', 'host2')]);
  const stable2 = compile(network, [servingOn(topology, 'nat1', 'host2')]);
  const src = instanceLinks(topology, 'nat1', 'host1');
  const dest = instanceLinks(topology, 'nat1', 'host2');
  const tell = async () => witness(network, await session.groups(), 'nat1', { src, dest });
  const present = async () => owned(await session.flows(OWNED_FLOWS), await session.groups());

  const agrees = async (t: Asserts, desired: Desired): Promise<void> => {
    const model = new FakeTable().apply(install(desired, 1, owned([], [])));
    const flows = await session.flows(OWNED_FLOWS);
    t.equal(flows.length, desired.flows.length);
    for (const frame of frames()) {
      t.same(await around.outputs(frame), model.outputs(frame), JSON.stringify(frame));
    }
  };

  await t.test('says who it is and which ports it has', (t) => {
    t.match(session.description, { manufacturer: 'Nicira, Inc.', software: /^\d+\.\d+/ });
    t.same(session.portNumbers, portNumbers);
    t.equal(session.dpid, STEERED);
    t.end();
  });

  await t.test('takes everything in one bundle, and frames go as the model says', async (t) => {
    t.equal(await tell(), 'other', 'nothing there yet');
    const { bundle } = await session.commit(install(stable1, 1, await present()));
    t.equal(bundle, true);
    t.equal(await tell(), 'src');
    await agrees(t, stable1);
  });

  await t.test('a bundle with one bad message changes nothing', async (t) => {
    const before = await session.flows(OWNED_FLOWS);
    const toNowhere = [{ type: 'group' as const, groupId: 0x46fffff0 }];
    const bad = flowMod({
      match: match({ inPort: 1 }),
      instructions: [{ type: 'applyActions', actions: toNowhere }],
    });
    await t.rejects(session.commit([...difference(stable1, stable2, 1), bad]), {
      code: 'SWITCH_REFUSED',
      outcome: 'unchanged',
      refusal: { type: 'badAction', code: 'badOutGroup', failed: { type: 'bundleAdd' } },
    });
    t.equal(await tell(), 'src');
    const ids = (flows: typeof before) =>
      flows.map(({ match: fields }) => JSON.stringify(fields, show)).sort();
    t.same(ids(await session.flows(OWNED_FLOWS)), ids(before));
    t.same(await session.commit([]), { bundle: true });
  });

  await t.test('a switchover redirects and sends its markers in one bundle', async (t) => {
    around.forget();
    const change = {
      network,
      vnf: 'nat1',
      srcLinks: src,
      from: stable1,
      to: draining,
      token: TOKEN,
    };
    t.same(await session.commit(switchover({ ...change, generation: 1 })), { bundle: true });
    t.equal(await tell(), 'dest');
    const markers = await around.heard();
    t.same(markers.map((each) => [each.port, each.data.toString('hex')]).sort(), [
      [PORT.host1Inside, markerFrame('ingress', MAC.inside, 0, TOKEN).toString('hex')],
      [PORT.host1Outside, markerFrame('ingress', MAC.outside, 1, TOKEN).toString('hex')],
    ]);
    await agrees(t, draining);
  });

  await t.test('the end of draining', async (t) => {
    t.same(await session.commit(difference(draining, stable2, 1)), { bundle: true });
    await agrees(t, stable2);
  });

  await t.test(
    'a controller that restarts finds what it left and writes only what differs',
    async (t) => {
      const { port: samePort } = listener;
      await listener.close();
      t.notOk(session.connected);
      listener = await listenForSwitches({ ...listening, port: samePort }, registry);
      session = await registry.waitFor(STEERED, CONNECT_MS);
      t.equal(await tell(), 'dest', 'the groups have stayed');
      const found = await present();
      t.equal(found.nextGeneration, 2);
      t.equal(found.groups.length, 4);
      t.same(install(stable2, found.nextGeneration, found), [], 'nothing differs');
      await session.commit(install(stable1, found.nextGeneration, found));
      t.equal((await present()).nextGeneration, 3);
      t.equal(await tell(), 'src');
      await session.commit(install(stable2, 3, await present()));
      const flows = await session.flows(OWNED_FLOWS);
      t.equal(flows.length, stable2.flows.length, 'nothing stale');
      t.equal(await tell(), 'dest');
    },
  );

  await t.test('a port that goes is reported', async (t) => {
    const gone = new Promise((resolve) => {
      session.on('portStatus', ({ reason: what, port: { name } }) => resolve([what, name]));
    });
    await ovs.vsctl('del-port', 'fysw0', 's1-eth6');
    t.same(await gone, ['delete', 's1-eth6']);
    t.notOk(session.portNumbers.has('s1-eth6'));
  });
});

function show(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
