import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import {
  action,
  bucket,
  bundleAdd,
  bundleControl,
  decode,
  encode,
  flowMod,
  group,
  groupMod,
  helloFor,
  instruction,
  match,
  type Message,
  multipartRequest,
  multipartRequestBody,
  packetOut,
  port,
  roleRequest,
  setAsync,
  setConfig,
} from '../../../sdn-app/openflow/index.js';

const missing = spawnSync('ovs-ofctl', ['--version']).error !== undefined;
const skip = missing ? 'ovs-ofctl is not installed: apt-get install openvswitch-common' : false;

/** What Open vSwitch understands a frame to say. */
async function print(frame: Buffer): Promise<string> {
  const { stdout } = await promisify(execFile)('ovs-ofctl', ['ofp-print', frame.toString('hex')]);
  return stdout;
}

const { output, group: toGroup, pushVlan, setField, popVlan, setQueue } = action.make;
const { applyActions, gotoTable, writeMetadata, clearActions, writeActions } = instruction.make;

const steer = flowMod({
  xid: 5,
  cookie: 0xfe1n,
  tableId: 2,
  priority: 300,
  idleTimeout: 10,
  hardTimeout: 20,
  flags: ['sendFlowRemoved', 'resetCounts'],
  match: match({
    inPort: 1,
    ethType: 0x800,
    ipProto: 17,
    ipv4Dst: { value: '10.0.0.0', mask: '255.255.0.0' },
    udpDst: 53,
  }),
  instructions: [
    applyActions({
      actions: [
        pushVlan(),
        setField({ field: { field: 'vlanVid', value: 0x1005 } }),
        setField({ field: { field: 'ethDst', value: '02:00:00:00:00:02' } }),
        popVlan(),
        setQueue({ queueId: 4 }),
        toGroup({ groupId: 9 }),
        output({ port: port.inPort }),
      ],
    }),
    writeMetadata({ metadata: 0x12n, mask: 0xffn }),
    gotoTable({ tableId: 3 }),
  ],
});

const cases: readonly [name: string, Message, ...said: string[]][] = [
  ['hello', helloFor([1, 4]), 'OFPT_HELLO (OF1.3)', 'version bitmap: 0x01, 0x04'],
  [
    'flow-mod',
    steer,
    'OFPT_FLOW_MOD (OF1.3) (xid=0x5): ADD table:2 priority=300,',
    'udp,in_port=1,nw_dst=10.0.0.0/16,tp_dst=53',
    'cookie:0xfe1 idle:10 hard:20 send_flow_rem reset_counts',
    'actions=push_vlan:0x8100,set_field:4101->vlan_vid,set_field:02:00:00:00:00:02->eth_dst,' +
      'pop_vlan,set_queue:4,group:9,IN_PORT,write_metadata:0x12/0xff,goto_table:3',
  ],
  [
    'flow-mod over IPv6',
    flowMod({
      command: 'modifyStrict',
      match: match({
        ethType: 0x86dd,
        ipProto: 58,
        ipv6Src: { value: '2001:db8::', mask: 'ffff:ffff::' },
        icmpv6Type: 135,
        ipv6NdTarget: 'fe80::1',
      }),
      instructions: [clearActions(), writeActions({ actions: [output({ port: port.flood })] })],
    }),
    'MOD_STRICT',
    'icmp6,ipv6_src=2001:db8::/32,icmp_type=135,nd_target=fe80::1',
    'actions=clear_actions,write_actions(FLOOD)',
  ],
  [
    'flow-mod delete',
    flowMod({ command: 'delete', tableId: 255, cookie: 0xfe00n, cookieMask: 0xff00n, outPort: 7 }),
    'DEL table:255',
    'cookie:0xfe00/0xff00 out_port:7',
  ],
  [
    'flow-mod for ARP and VLAN',
    flowMod({
      match: match({
        ethType: 0x806,
        vlanVid: { value: 0x1000, mask: 0x1000 },
        arpOp: 1,
        arpTpa: '10.0.0.254',
        arpSha: '02:00:00:00:00:01',
      }),
    }),
    'arp,vlan_tci=0x1000/0x1000,arp_tpa=10.0.0.254,arp_op=1,arp_sha=02:00:00:00:00:01',
    'actions=drop',
  ],
  [
    'flow-mod for MPLS',
    flowMod({
      match: match({ ethType: 0x8847, mplsLabel: 100, mplsTc: 5, mplsBos: 1, metadata: 6n }),
      instructions: [
        applyActions({
          actions: [
            action.make.setMplsTtl({ ttl: 9 }),
            action.make.decMplsTtl(),
            action.make.popMpls({ ethType: 0x8848 }),
            action.make.pushMpls(),
          ],
        }),
        instruction.make.meter({ meterId: 2 }),
      ],
    }),
    'mpls,metadata=0x6,mpls_label=100,mpls_tc=5,mpls_bos=1',
    'set_mpls_ttl(9),dec_mpls_ttl,pop_mpls:0x8848,push_mpls:0x8847',
    'meter:2',
  ],
  [
    'flow-mod for SCTP in a tunnel',
    flowMod({
      match: match({
        tunnelId: { value: 7n, mask: 0xffn },
        ethSrc: { value: '02:00:00:00:00:00', mask: 'ff:00:00:00:00:00' },
        vlanVid: 0x1064,
        vlanPcp: 3,
        ethType: 0x86dd,
        ipDscp: 46,
        ipEcn: 1,
        ipProto: 132,
        ipv6FlowLabel: { value: 0x12345, mask: 0xfffff },
        sctpSrc: { value: 0x100, mask: 0xff00 },
        sctpDst: 9,
      }),
    }),
    'sctp6,tun_id=0x7/0xff,dl_vlan=100,dl_vlan_pcp=3,',
    'dl_src=02:00:00:00:00:00/ff:00:00:00:00:00',
    'ipv6_label=0x12345,nw_tos=184,nw_ecn=1,tp_src=0x100/0xff00,tp_dst=9',
  ],
  [
    'flow-mod for ICMP',
    flowMod({
      match: match({ ethType: 0x800, ipProto: 1, icmpv4Type: 8, icmpv4Code: 1 }),
      instructions: [
        writeActions({ actions: [action.make.setNwTtl({ ttl: 8 }), action.make.decNwTtl()] }),
      ],
    }),
    'actions=write_actions(mod_nw_ttl:8,dec_ttl)',
    'icmp,icmp_type=8,icmp_code=1',
  ],
  [
    'group-mod all',
    groupMod({
      groupId: 1,
      buckets: [1, 2].map((to) => bucket.make({ actions: [output({ port: to })] })),
    }),
    'ADD group_id=1,type=all,bucket=actions=output:1,bucket=actions=output:2',
  ],
  [
    'group-mod select',
    groupMod({
      command: 'modify',
      groupId: 2,
      groupType: 'select',
      buckets: [bucket.make({ weight: 3, actions: [output({ port: 1 })] })],
    }),
    'MOD group_id=2,type=select,bucket=weight:3,actions=output:1',
  ],
  [
    'group-mod fast failover',
    groupMod({
      groupId: 3,
      groupType: 'fastFailover',
      buckets: [bucket.make({ watchPort: 4, actions: [output({ port: 4 })] })],
    }),
    'type=ff,bucket=watch_port:4,actions=output:4',
  ],
  [
    'group-mod delete',
    groupMod({ command: 'delete', groupId: group.all }),
    'DEL group_id=4294967292',
  ],
  [
    'packet-out',
    packetOut({
      inPort: 2,
      actions: [output({ port: 1 })],
      data: Buffer.from('020000000002020000000001080600010800060400010200000000010a000001', 'hex'),
    }),
    'OFPT_PACKET_OUT (OF1.3) (xid=0x0): in_port=2 actions=output:1 data_len=32',
  ],
  [
    'bundle control',
    bundleControl({ bundleId: 9, controlType: 'commitRequest', flags: ['atomic', 'ordered'] }),
    'bundle_id=0x9 type=COMMIT_REQUEST flags=atomic ordered',
  ],
  [
    'bundle add',
    bundleAdd({ xid: 5, bundleId: 9, flags: ['ordered'], message: steer }),
    'bundle_id=0x9 flags=ordered',
    'OFPT_FLOW_MOD (OF1.3) (xid=0x5): ADD table:2 priority=300,udp',
  ],
  [
    'flow entries of a cookie',
    multipartRequest({
      body: multipartRequestBody.make.flow({ tableId: 3, match: match({ inPort: 1 }) }),
    }),
    'OFPST_FLOW request (OF1.3)',
    'table=3',
    'in_port=1',
  ],
  ['role', roleRequest({ role: 'slave', generationId: 77n }), 'role=secondary generation_id=77'],
  ['config', setConfig({ fragments: 'drop' }), 'frags=drop miss_send_len=65535'],
  [
    'asynchronous messages',
    setAsync({ packetIn: ['invalidTtl'], flowRemovedAsSlave: ['hardTimeout'] }),
    'PACKET_IN: invalid_ttl',
    'FLOW_REMOVED: hard',
  ],
];

t.test(
  'Open vSwitch reads what is encoded as it is meant',
  { skip, timeout: 240_000 },
  async (t) => {
    for (const [name, message, ...said] of cases) {
      const printed = await print(encode(message));
      for (const words of said) {
        t.ok(printed.includes(words), `${name}: ${words}`, { printed });
      }
    }
  },
);

/** An error about a hello. */
function errorFrame(type: number, code: number): Buffer {
  const frame = Buffer.from('04010014000000010000000004000008000000' + '02', 'hex');
  frame.writeUInt16BE(type, 8);
  frame.writeUInt16BE(code, 10);
  return frame;
}

function isNamed(type: number, code: number): boolean {
  const message = decode(errorFrame(type, code));
  const cause = message.type === 'error' ? message.error : undefined;
  return cause !== undefined && 'code' in cause && typeof cause.code === 'string';
}

t.test(
  'Open vSwitch knows as many codes of each error type',
  { skip, timeout: 240_000 },
  async (t) => {
    for (let type = 0; type <= 13; type += 1) {
      let count = 0;
      while (isNamed(type, count)) count += 1;
      t.ok(count > 0, `type ${type} has codes`);
      const last = await print(errorFrame(type, count - 1));
      const beyond = await print(errorFrame(type, count));
      t.notMatch(last, /decode error/, `type ${type}, code ${count - 1} is known`);
      t.match(beyond, /decode error/, `type ${type}, code ${count} is not`);
    }
  },
);
