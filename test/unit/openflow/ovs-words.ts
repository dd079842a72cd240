// What `ovs-ofctl ofp-print` says of frames: of each vector, and of each match field set to 1 (or
// to the first address of a documentation range) together with its prerequisites.

/** Vectors that Open vSwitch does not know: later versions, other switches, foreign extensions. */
export const foreignVectors: readonly string[] = [
  'error-unknown',
  'flow-mod-actions',
  'flow-mod-oxm',
  'flow-mod-oxm-all',
  'flow-mod-oxm-undeclared',
  'meter-mod-experimenter',
  'multipart-reply-experimenter',
  'multipart-reply-undeclared',
  'multipart-request-experimenter',
  'multipart-request-undeclared',
];

const entry =
  'priority=100,udp,in_port=1,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,nw_src=10.0.0.0/24,' +
  'tp_dst=0x1000/0xfff0';
const entryActions =
  'actions=push_vlan:0x8100,set_field:4101->vlan_vid,dec_ttl,group:7,CONTROLLER:65535,' +
  'write_metadata:0x5/0xff,goto_table:3';
const table = [
  'max_entries=4096',
  'next tables: 1-3',
  'instructions: meter apply_actions goto_table',
];

/** Words for each vector, after the name of the message. */
export const vectorWords: Readonly<Record<string, readonly [name: string, ...words: string[]]>> = {
  'barrier-reply': ['OFPT_BARRIER_REPLY', '(xid=0x46)'],
  'barrier-request': ['OFPT_BARRIER_REQUEST', '(xid=0x46)'],
  'bundle-add': ['ONFT_BUNDLE_ADD_MESSAGE', 'bundle_id=0x9 flags=atomic ordered', 'OFPT_FLOW_MOD'],
  'bundle-add-packet-out': ['ONFT_BUNDLE_ADD_MESSAGE', 'in_port=CONTROLLER actions=output:1'],
  'bundle-close-properties': [
    'ONFT_BUNDLE_CONTROL',
    'bundle_id=0x9 type=CLOSE_REQUEST flags=ordered',
  ],
  'bundle-commit-reply': ['ONFT_BUNDLE_CONTROL', 'bundle_id=0x9 type=COMMIT_REPLY flags=0'],
  'bundle-open': ['ONFT_BUNDLE_CONTROL', 'bundle_id=0x9 type=OPEN_REQUEST flags=atomic ordered'],
  'echo-reply': ['OFPT_ECHO_REPLY', '0 bytes of payload'],
  'echo-request': ['OFPT_ECHO_REQUEST', '8 bytes of payload'],
  error: ['OFPT_ERROR', 'OFPGMFC_GROUP_EXISTS', 'ADD group_id=7'],
  'error-experimenter': ['OFPT_ERROR', 'OFPBFC_BAD_ID', 'type=COMMIT_REQUEST'],
  experimenter: ['NXT_SET_PACKET_IN_FORMAT'],
  'features-reply': ['OFPT_FEATURES_REPLY', 'dpid:00000000000000fe', 'n_tables:254, n_buffers:0'],
  'features-request': ['OFPT_FEATURES_REQUEST'],
  'flow-mod': [
    'OFPT_FLOW_MOD',
    `ADD ${entry} cookie:0xfe44 idle:60`,
    'check_overlap',
    entryActions,
  ],
  'flow-mod-delete': ['OFPT_FLOW_MOD', 'DEL table:255 cookie:0xfe00/0xff00'],
  'flow-mod-oxm-extension': [
    'OFPT_FLOW_MOD',
    'ct_state=+new+trk,ct_label=0x102030405060708090a0b0c0d0e0f,tcp,reg0=0x1,reg1=0x2,reg2=0x7/0xff',
    'tun_src=192.0.2.1,tun_erspan_ver=2,tun_erspan_dir=1,tcp_flags=syn',
    'set_field:0x9->reg0,output:3',
  ],
  'flow-removed': ['OFPT_FLOW_REMOVED', entry, 'reason=delete table_id=0 cookie:0xfe44', 'idle60'],
  'get-async-reply': [
    'OFPT_GET_ASYNC_REPLY',
    'PACKET_IN: no_match action',
    'idle hard delete group',
  ],
  'get-async-request': ['OFPT_GET_ASYNC_REQUEST'],
  'get-config-reply': ['OFPT_GET_CONFIG_REPLY', 'frags=normal miss_send_len=128'],
  'get-config-request': ['OFPT_GET_CONFIG_REQUEST'],
  'group-mod': ['OFPT_GROUP_MOD', 'ADD group_id=7,type=select,bucket=weight:3,actions=output:1'],
  'group-mod-fast-failover': [
    'OFPT_GROUP_MOD',
    'MOD group_id=8,type=ff,bucket=watch_port:1,actions=output:1,bucket=watch_group:7',
  ],
  hello: ['OFPT_HELLO', 'version bitmap: 0x04'],
  'hello-newer': ['OFPT_HELLO', 'version bitmap: 0x04, 0x06'],
  'hello-old': ['OFPT_HELLO', 'version bitmap: 0x01'],
  'meter-mod': [
    'OFPT_METER_MOD',
    'ADD meter=5 kbps burst stats bands=',
    'type=drop rate=20000 burst_size=500',
    'type=dscp_remark rate=10000 burst_size=0 prec_level=1',
  ],
  'meter-mod-delete': ['OFPT_METER_MOD', 'DEL meter=all'],
  'multipart-reply-aggregate': [
    'OFPST_AGGREGATE reply',
    'packet_count=1234567 byte_count=68719476736 flow_count=7',
  ],
  'multipart-reply-desc': ['OFPST_DESC reply', 'Manufacturer: Nicira, Inc.', 'Software: 3.1.0'],
  'multipart-reply-flow': ['OFPST_FLOW reply', 'cookie=0xfe44, duration=0s', entry, entryActions],
  'multipart-reply-flow-nicira': ['OFPST_FLOW reply', 'duration=1.031s', 'n_bytes=106', 'reg0=0x7'],
  'multipart-reply-group-desc': [
    'OFPST_GROUP_DESC reply',
    'group_id=7,type=select,bucket=weight:3',
  ],
  'multipart-reply-group-features': [
    'OFPST_GROUP_FEATURES reply',
    'Types:  0xd',
    'Capabilities:  0x5',
    'max_groups=0x64',
    'actions: output set_field',
  ],
  'multipart-reply-group-stats': [
    'OFPST_GROUP reply',
    'group_id=1,duration=77.000001s,ref_count=4,packet_count=30,byte_count=1920',
    'bucket1:packet_count=20,byte_count=1280',
  ],
  'multipart-reply-meter-config': [
    'OFPST_METER_CONFIG reply',
    'meter=5 kbps stats bands=',
    'type=dscp_remark rate=10000 prec_level=2',
    'meter=controller pktps burst bands=',
    'type=drop rate=300 burst_size=30',
  ],
  'multipart-reply-meter-features': [
    'OFPST_METER_FEATURES reply',
    'max_meter:1024 max_bands:4 max_color:3',
    'band_types: drop dscp_remark',
    'capabilities: kbps pktps stats',
  ],
  'multipart-reply-meter-stats': [
    'OFPST_METER reply',
    'meter:5 flow_count:2 packet_in_count:5000 byte_in_count:640000 duration:12.000000034s',
    '1: packet_count:7 byte_count:896',
  ],
  'multipart-reply-port-desc': ['OFPST_PORT_DESC reply', '2(p2): addr:aa:55:aa:55:00:0e', 'LIVE'],
  'multipart-reply-port-stats': ['OFPST_PORT reply', '3 ports', 'port LOCAL', 'duration=1.511s'],
  'multipart-reply-queue-stats': [
    'OFPST_QUEUE reply',
    'port 1 queue 5: bytes=9000, pkts=6, errors=1, duration=60.500s',
    'port 2 queue 5: bytes=0, pkts=0, errors=?, duration=0.500s',
  ],
  'multipart-reply-table-features': [
    'OFPST_TABLE_FEATURES reply',
    'table 0 ("classifier")',
    ...table,
  ],
  'multipart-reply-table-features-ovs': [
    'OFPST_TABLE_FEATURES reply',
    'flags=[more]',
    'table 7 ("seven")',
    'metadata: match=0xffffffffffffffff write=0xff',
    ...table,
    'actions: output group set_field',
    'supported on Set-Field: in_port_oxm eth_{dst,type} vlan_vid',
  ],
  'multipart-reply-table-stats': ['OFPST_TABLE reply', 'active=3, lookup=1000, matched=990'],
  'multipart-request-aggregate': [
    'OFPST_AGGREGATE request',
    'table=3 out_port=9 ip,nw_src=10.0.0.0/8',
  ],
  'multipart-request-desc': ['OFPST_DESC request'],
  'multipart-request-flow': ['OFPST_FLOW request', 'table=3 out_port=2 in_port=1'],
  'multipart-request-group-desc': ['OFPST_GROUP_DESC request'],
  'multipart-request-group-features': ['OFPST_GROUP_FEATURES request'],
  'multipart-request-group-stats': ['OFPST_GROUP request', 'group_id=ALL'],
  'multipart-request-meter-config': ['OFPST_METER_CONFIG request', 'meter=5'],
  'multipart-request-meter-features': ['OFPST_METER_FEATURES request'],
  'multipart-request-meter-stats': ['OFPST_METER request', 'meter=all'],
  'multipart-request-port-desc': ['OFPST_PORT_DESC request'],
  'multipart-request-port-stats': ['OFPST_PORT request', 'port_no=ANY'],
  'multipart-request-queue-stats': ['OFPST_QUEUE request', 'port=ANY queue=5'],
  'multipart-request-table-features': ['OFPST_TABLE_FEATURES request'],
  'multipart-request-table-features-set': ['OFPST_TABLE_FEATURES request', '("only")', ...table],
  'multipart-request-table-stats': ['OFPST_TABLE request'],
  'packet-in': ['OFPT_PACKET_IN', 'total_len=106 in_port=2 (via action) data_len=106', 'tp_dst=2'],
  'packet-out': ['OFPT_PACKET_OUT', 'in_port=CONTROLLER actions=output:1 data_len=19'],
  'port-mod': [
    'OFPT_PORT_MOD',
    'port: 3: addr:02:00:00:00:00:03',
    'config: PORT_DOWN NO_PACKET_IN',
    'mask:   PORT_DOWN NO_FWD NO_PACKET_IN',
    'advertise: 1GB-FD COPPER AUTO_NEG',
  ],
  'port-status': [
    'OFPT_PORT_STATUS',
    'MOD: 2(p2): addr:aa:55:aa:55:00:0e',
    'state:      LINK_DOWN',
  ],
  'port-status-delete': ['OFPT_PORT_STATUS', 'DEL: 2(p2)'],
  'queue-get-config-reply': ['OFPT_QUEUE_GET_CONFIG_REPLY', 'port=2', 'queue 1: min_rate:25.0%'],
  'queue-get-config-request': ['OFPT_QUEUE_GET_CONFIG_REQUEST', 'port=2'],
  'role-reply': ['OFPT_ROLE_REPLY', 'role=primary generation_id=1'],
  'role-request': ['OFPT_ROLE_REQUEST', 'role=primary generation_id=1'],
  'set-async': ['OFPT_SET_ASYNC', 'PACKET_IN: no_match action', 'FLOW_REMOVED: idle delete'],
  'set-config': ['OFPT_SET_CONFIG', 'frags=reassemble miss_send_len=65535'],
  'table-mod': ['OFPT_TABLE_MOD', 'table_id: ALL_TABLES'],
};
