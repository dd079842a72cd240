/**
 * What a real ovs-vswitchd sends is decoded, and encoded to the same bytes: one bridge, wired to
 * another, is set up and asked everything that OpenFlow 1.3 lets one ask.
 */
import t from 'tap';
import {
  action,
  bucket,
  bundleAdd,
  bundleControl,
  encode,
  featuresRequest,
  flowMod,
  getAsyncRequest,
  getConfigRequest,
  groupMod,
  instruction,
  match,
  type Message,
  messageFromJson,
  messages,
  meterBand,
  meterMod,
  multipartReplyBody,
  multipartRequestBody,
  packetOut,
  port,
  portMod,
  queueGetConfigRequest,
  roleRequest,
  setAsync,
  tableMod,
} from '../../../sdn-app/openflow/index.js';
import { PrivateOvs, whyNoOvs } from '../switch/private-ovs.js';
import { type Heard, RawSwitch } from './raw-switch.js';

const skip = whyNoOvs() ?? false;
const { output, group, setField, pushVlan, setQueue, decNwTtl } = action.make;
const { applyActions, writeActions, gotoTable, meter, writeMetadata } = instruction.make;

const arp = Buffer.from(
  'ffffffffffff020000000001080600010800060400010200000000010a0000010000000000000a000002',
  'hex',
);

const setUp: Message[] = [
  meterMod({ meterId: 1, flags: ['kbps', 'stats'], bands: [meterBand.make.drop({ rate: 1000 })] }),
  meterMod({
    meterId: 2,
    flags: ['packetsPerSecond', 'burst', 'stats'],
    bands: [meterBand.make.drop({ rate: 100, burstSize: 10 })],
  }),
  groupMod({
    groupId: 1,
    buckets: [1, 2].map((to) => bucket.make({ actions: [output({ port: to })] })),
  }),
  groupMod({
    groupId: 2,
    groupType: 'select',
    buckets: [1, 3].map((weight) => bucket.make({ weight, actions: [output({ port: 1 })] })),
  }),
  groupMod({
    groupId: 3,
    groupType: 'fastFailover',
    buckets: [bucket.make({ watchPort: 1, actions: [output({ port: 1 })] })],
  }),
  groupMod({
    groupId: 4,
    groupType: 'indirect',
    buckets: [
      bucket.make({ actions: [decNwTtl(), setQueue({ queueId: 1 }), output({ port: 2 })] }),
    ],
  }),
  flowMod({
    priority: 500,
    cookie: 0xfeedn,
    idleTimeout: 600,
    flags: ['sendFlowRemoved', 'resetCounts'],
    match: match({
      inPort: 1,
      vlanVid: 0x1007,
      ethType: 0x800,
      ipProto: 6,
      ipv4Src: { value: '10.0.0.0', mask: '255.0.0.0' },
      tcpDst: { value: 0x50, mask: 0xfff0 },
      tcpFlags: { value: 2, mask: 0xfff },
      metadata: { value: 1n, mask: 0xffn },
    }),
    instructions: [
      meter({ meterId: 1 }),
      applyActions({
        actions: [
          setField({ field: { field: 'ethDst', value: '02:00:00:00:00:09' } }),
          setField({ field: { field: 'reg3', value: 9 } }),
          group({ groupId: 2 }),
        ],
      }),
      writeActions({ actions: [pushVlan(), output({ port: 2 })] }),
      writeMetadata({ metadata: 5n, mask: 0xffn }),
      gotoTable({ tableId: 1 }),
    ],
  }),
  flowMod({
    tableId: 1,
    match: match({
      ethType: 0x86dd,
      ipv6Dst: { value: '2001:db8::', mask: 'ffff:ffff::' },
      reg0: { value: 3, mask: 0xf },
      xreg2: 7n,
      tunnelIpv4Src: '192.0.2.1',
      ctState: { value: 0x22, mask: 0x22 },
      ctZone: 5,
      ctLabel: Buffer.alloc(16, 1),
      packetMark: 3,
    }),
    instructions: [applyActions({ actions: [output({ port: port.flood })] })],
  }),
  flowMod({
    priority: 1,
    match: [],
    instructions: [applyActions({ actions: [output({ port: port.controller })] })],
  }),
  portMod({ portNo: 99, hwAddr: '02:00:00:00:00:99', config: [], mask: ['portDown'] }),
  tableMod({ tableId: 0 }),
  setAsync({
    packetIn: ['noMatch', 'action', 'invalidTtl'],
    portStatus: ['add', 'delete', 'modify'],
    flowRemoved: ['idleTimeout', 'hardTimeout', 'delete', 'groupDelete'],
    packetInAsSlave: ['action'],
  }),
];

const questions: Message[] = [
  featuresRequest(),
  getConfigRequest(),
  getAsyncRequest(),
  roleRequest({ role: 'master', generationId: 12n }),
  queueGetConfigRequest({ portNo: 1 }),
  bundleControl({ bundleId: 7, controlType: 'openRequest', flags: ['atomic', 'ordered'] }),
  bundleAdd({ bundleId: 7, flags: ['atomic', 'ordered'], message: flowMod({ priority: 9 }) }),
  bundleControl({ bundleId: 7, controlType: 'commitRequest', flags: ['atomic', 'ordered'] }),
  bundleControl({ bundleId: 8, controlType: 'commitRequest', flags: ['atomic', 'ordered'] }),
  packetOut({ inPort: 1, actions: [output({ port: port.table })], data: arp }),
  packetOut({ inPort: 1, actions: [output({ port: port.controller, maxLength: 20 })], data: arp }),
  flowMod({ command: 'delete', cookie: 0xfeedn, cookieMask: 0xffffn, tableId: 0xff }),
  flowMod({ tableId: 0xff }),
  flowMod({ instructions: [gotoTable({ tableId: 0 })] }),
  groupMod({ groupId: 1 }),
  groupMod({ command: 'delete', groupId: 3 }),
  meterMod({ command: 'modify', meterId: 77, bands: [meterBand.make.drop({ rate: 1 })] }),
];

/** One request of each kind of multipart. */
const statistics = Object.keys(multipartRequestBody.variants)
  .filter((kind) => kind !== 'experimenter')
  .map((kind) => messageFromJson({ type: 'multipartRequest', body: { kind } }));

t.test(
  'what Open vSwitch sends is encoded to the same bytes',
  { skip, timeout: 240_000 },
  async (t) => {
    const ovs = await PrivateOvs.start();
    t.teardown(() => ovs.stop());
    const peer = await RawSwitch.listen((tcpPort) => ovs.addBridge('fyc0', 0xfc0n, tcpPort));
    t.teardown(() => peer.close());
    await ovs.vsctl('add-br', 'fyc1', '--', 'set', 'bridge', 'fyc1', 'datapath_type=netdev');
    for (const number of [1, 2]) {
      await ovs.addWire(number, ['fyc0', `fyca${number}`], ['fyc1', `fycb${number}`]);
    }
    const { message: status } = await peer.until(
      (message) => message.type === 'portStatus' && message.port.portNo === 2,
    );

    const refused: Heard[] = [];
    for (const message of setUp) refused.push(...(await peer.ask(message)));
    // The port that does not exist; nothing else is wrong.
    t.match(refused, [{ message: { error: { type: 'portModFailed', code: 'badPort' } } }]);
    for (const question of questions) await peer.ask(question);
    if (status.type === 'portStatus') {
      const { hwAddr } = status.port;
      await peer.ask(portMod({ portNo: 2, hwAddr, config: ['noForward'], mask: ['noForward'] }));
    }
    const kinds = new Set<string>();
    for (const request of statistics) {
      for (const { message } of await peer.ask(request)) {
        if (message.type !== 'multipartReply') continue;
        kinds.add(message.body.kind);
        if (message.body.kind !== 'portDesc') continue;
        t.match(message.body.ports.find(({ portNo }) => portNo === 2)?.config, ['noForward']);
      }
    }
    await ovs.vsctl('del-port', 'fyc0', 'fyca2');
    await peer.until(
      ({ type, ...rest }) => type === 'portStatus' && 'reason' in rest && rest.reason === 'delete',
    );

    for (const { frame, message } of peer.heard) {
      if (encode(message).equals(frame)) continue;
      t.equal(encode(message).toString('hex'), frame.toString('hex'), message.type);
    }
    const types = new Set<string>(peer.heard.map(({ message }) => message.type));
    const sent = messages
      .map(({ type }) => type)
      .filter((type) => /Reply$|^(hello|error|packetIn|flowRemoved|portStatus)$/.test(type));
    t.strictSame(
      sent.filter((type) => !types.has(type) && type !== 'echoReply'),
      [],
      'all were heard',
    );
    const all = Object.keys(multipartReplyBody.variants).filter((kind) => kind !== 'experimenter');
    t.strictSame([...kinds].sort(), all.sort(), 'all kinds of multipart');
    const causes = new Set<string>();
    for (const { message } of peer.heard) {
      if (message.type === 'error') causes.add(message.error.type);
    }
    const failed = ['flowModFailed', 'groupModFailed', 'meterModFailed', 'portModFailed'];
    t.strictSame([...causes].sort(), ['badInstruction', 'experimenter', ...failed]);
  },
);
