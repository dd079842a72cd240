// Text for people is what Open vSwitch prints, where both have something to say.
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import {
  action,
  decode,
  encode,
  flowMod,
  instruction,
  match,
  type MatchFields,
  type Message,
  packetOut,
} from '../../../../sdn-app/openflow/index.js';
import { messageToText } from '../../../../sdn-app/openflow/text/index.js';
import { vectors } from '../vectors.js';

const missing = spawnSync('ovs-ofctl', ['--version']).error !== undefined;
const skip = missing ? 'ovs-ofctl is not installed: apt-get install openvswitch-common' : false;

async function ovsText(frame: Buffer): Promise<string> {
  const { stdout } = await promisify(execFile)('ovs-ofctl', ['ofp-print', frame.toString('hex')]);
  return stdout;
}

/** Lines about messages that OpenFlow 1.3 does not have. */
const beyond13 = /^ +(ROLE_STATUS|TABLE_STATUS|REQUESTFORWARD): \(off\)\n/gm;

/** Vectors of which Open vSwitch says something else, and why. */
const exceptions: readonly [vector: RegExp, reason: string][] = [
  [/^(experimenter|multipart-reply-flow-nicira)$/, 'its own extensions are bytes to us'],
  [/^(hello-newer|queue-get-config-reply)$/, 'it passes over what it does not know'],
  [/^flow-mod-oxm-extension$/, 'it takes an xreg for the two registers that it is made of'],
  [/table-features/, 'it folds the properties into fewer lines'],
];

t.test('every vector that it can read, but some', { skip }, async (t) => {
  let compared = 0;
  for (const { name, frame } of vectors) {
    if (exceptions.some(([vector]) => vector.test(name))) continue;
    const said = await ovsText(frame);
    if (said.includes('***decode error')) continue;
    const text = messageToText(decode(frame)).trimEnd();
    t.equal(text, said.replaceAll(beyond13, '').trimEnd(), name);
    compared += 1;
  }
  t.ok(compared > 40, `${compared} vectors`);
});

const { applyActions, gotoTable, meter, writeActions, writeMetadata } = instruction.make;
const { decNwTtl, group, output, pushVlan, setField, setQueue } = action.make;

const matches: readonly MatchFields[] = [
  {},
  { vlanVid: 0 },
  { vlanVid: { value: 0x1000, mask: 0x1000 } },
  { vlanVid: { value: 0x1000, mask: 0x1000 }, vlanPcp: 7 },
  { vlanVid: 0x1005, vlanPcp: 3 },
  { vlanVid: { value: 0x1005, mask: 0x100f }, vlanPcp: 1 },
  { inPort: 0xfffffffe, metadata: 0n, tunnelId: { value: 5n, mask: 255n } },
  { ethType: 0x88cc, ethDst: { value: '01:00:00:00:00:00', mask: '01:00:00:00:00:00' } },
  { ethType: 0x800, ipProto: 89, ipDscp: 10, ipEcn: 2, ipTtl: 1 },
  { ethType: 0x800, ipv4Src: { value: '10.0.0.0', mask: '255.0.255.0' } },
  { ethType: 0x800, ipv4Dst: { value: '10.0.0.0', mask: '255.255.255.252' }, ipFragment: 3 },
  { ethType: 0x800, ipFragment: { value: 0, mask: 2 } },
  { ethType: 0x800, ipProto: 6, tcpSrc: 80, tcpFlags: { value: 2, mask: 0x12 } },
  { ethType: 0x800, ipProto: 6, tcpFlags: 0xa12 },
  { ethType: 0x86dd, ipProto: 6, tcpFlags: 0 },
  {
    ethType: 0x86dd,
    ipProto: 17,
    ipv6FlowLabel: { value: 5, mask: 15 },
    udpSrc: { value: 16, mask: 65520 },
  },
  {
    ethType: 0x86dd,
    ipv6Src: { value: '::1', mask: '::ff' },
    ipv6Dst: { value: 'fe80::', mask: 'ffc0::' },
  },
  {
    ethType: 0x86dd,
    ipProto: 58,
    icmpv6Type: 136,
    ipv6NdTll: '02:00:00:00:00:01',
    ipv6NdTarget: '::',
  },
  { ethType: 0x800, ipProto: 1, icmpv4Type: 8, icmpv4Code: 0 },
  { ethType: 0x800, ipProto: 132, sctpDst: 5 },
  { ethType: 0x806, arpOp: 2, arpSpa: '10.0.0.1', arpTha: '02:00:00:00:00:01' },
  { ethType: 0x8035, arpOp: 3 },
  { ethType: 0x8848, mplsLabel: 3, mplsTc: 1, mplsBos: 0, mplsTtl: 64 },
  {
    ctState: { value: 0x21, mask: 0x23 },
    ctZone: 5,
    ctMark: 7,
    reg3: { value: 16, mask: 240 },
    reg4: 0,
  },
  { packetMark: 1, conjunctionId: 2, actsetOutput: 3, tunnelIpv4Src: '1.2.3.4' },
];

const flows: readonly Message[] = [
  ...matches.map((fields) => flowMod({ match: match(fields) })),
  flowMod({
    command: 'modify',
    tableId: 8,
    cookie: 5n,
    cookieMask: 0xffn,
    priority: 0,
    bufferId: 7,
    outPort: 0xfffffffe,
    hardTimeout: 9,
    flags: ['sendFlowRemoved', 'checkOverlap', 'resetCounts', 'noPacketCounts', 'noByteCounts'],
    match: match({ ethType: 0x800 }),
    instructions: [
      meter({ meterId: 4 }),
      applyActions({
        actions: [
          output({ port: 0xfffffffd, maxLength: 128 }),
          output({ port: 0xfffffffb }),
          setQueue({ queueId: 3 }),
          decNwTtl(),
          setField({ field: { field: 'ipv4Src', value: '10.0.0.1' } }),
          setField({ field: { field: 'reg1', value: 77 } }),
          setField({ field: { field: 'packetMark', value: 9 } }),
          setField({ field: { field: 'tunnelId', value: 0n } }),
        ],
      }),
      writeActions({ actions: [pushVlan(), group({ groupId: 7 })] }),
      writeMetadata({ metadata: 0n }),
      gotoTable({ tableId: 9 }),
    ],
  }),
];

t.test('flow-mods of many kinds', { skip }, async (t) => {
  for (const message of flows) {
    const text = messageToText(message);
    t.equal(text.trimEnd(), (await ovsText(encode(message))).trimEnd(), text);
  }
});

const ethernet = '020000000002020000000001';
const u16 = (value: number): string => value.toString(16).padStart(4, '0');
const ipv4 = (protocol: string, payload: string, flags = '0000'): string =>
  `08004502${u16(20 + payload.length / 2)}0001${flags}40${protocol}00000a0000010a000002${payload}`;
const ipv6 = (next: string, payload: string): string =>
  `86dd612abcde${u16(payload.length / 2)}${next}ff` +
  `20010db8000000000000000000000001fe800000000000000000000000000002${payload}`;

const tcp = '1f900050000000010000000050121000abcd0000';
const udp = '003500a1001cbeef' + '00'.repeat(20);
const solicitation = '8700abcd00000000fe8000000000000000000000000000020101020000000001';

const packets: Readonly<Record<string, string>> = {
  tcp: ipv4('06', tcp),
  udp: ipv4('11', udp),
  icmp: ipv4('01', '0800f7ff0001000100000000'),
  sctp: ipv4('84', '1f90005000000001deadbeef'),
  'another protocol': ipv4('59', '0000'),
  'first fragment': ipv4('11', udp, '2000'),
  'tcp over IPv6': ipv6('06', tcp),
  'udp over IPv6': ipv6('11', udp),
  'neighbour solicitation': ipv6('3a', solicitation),
  'echo over IPv6': ipv6('3a', '8000abcd00010001'),
  arp: '08060001080006040001020000000002' + '0a000001' + '000000000000' + '0a000002',
  vlan: '81006005' + ipv4('06', tcp),
  'two tags': '88a860058100a007' + ipv4('11', udp),
  lldp: '88cc0207040200000000010403020001060200780000',
};

t.test('packets on their way', { skip }, async (t) => {
  for (const [name, hex] of Object.entries(packets)) {
    const data = Buffer.from(ethernet + hex, 'hex');
    const message = packetOut({ actions: [output({ port: 1 })], data });
    t.equal(messageToText(message).trimEnd(), (await ovsText(encode(message))).trimEnd(), name);
  }
});
