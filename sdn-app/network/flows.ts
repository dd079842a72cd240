/**
 * The network's flows in a switch. Two tables: `learn` lets frames of known stations and of links
 * pass and sends all others to the controller, `forward` sends them towards their destination. So
 * a switch holds one flow for each station that it has, and one for each that is talked to through
 * it, however many pairs talk.
 */
import {
  flowMod,
  match,
  maxLength,
  noBuffer,
  port as portNumber,
  type Action,
  type FlowMod,
  type Instruction,
  type MatchFields,
  type PacketOut,
} from '../openflow/index.js';
import { ETH_TYPE, macText } from './ethernet.js';
import { LLDP_DESTINATION } from './lldp.js';
import { LOOP_DESTINATION } from './loop-probe.js';
import { output, type Tables } from './node.js';

/** Upper half of every cookie of the network's flows, "FerN"; the lower half is the kind. */
const PREFIX = 0x4665_724en;

/** Cookie and mask of every flow of the network, for `SwitchSession.flows`. */
export const NETWORK_FLOWS = { cookie: PREFIX << 32n, cookieMask: 0xffff_ffffn << 32n } as const;

const cookieOf = (kind: bigint): bigint => (PREFIX << 32n) | kind;
export const COOKIE = {
  /** What every switch has. */
  base: cookieOf(1n),
  /** Frames that come over a link. */
  link: cookieOf(2n),
  /** A station where it has been learned. */
  station: cookieOf(3n),
  /** The way to a station. */
  route: cookieOf(4n),
  /** A port that is shut. */
  blocked: cookieOf(5n),
  /** A station that is not believed to be there. */
  hold: cookieOf(6n),
} as const;

/** Seconds without a frame until a station is forgotten, as bridges do (IEEE 802.1Q table 8-6). */
export const AGEING_SECONDS = 300;

/** Seconds for which a station that moves too often has to stay where it is. */
export const HOLD_SECONDS = 10;

const PRIORITY = {
  ...{ lldp: 4000, loop: 3950, reserved: 3900, groupSource: 3800 },
  ...{ blocked: 3500, link: 3000, hold: 2500, station: 2000 },
};
const ROUTE_PRIORITY = 1000;
/** Addresses that no bridge forwards (IEEE 802.1Q table 8-1). */
const BRIDGE_RESERVED = { value: '01:80:c2:00:00:00', mask: 'ff:ff:ff:ff:ff:f0' };
const GROUP_BIT = { value: '01:00:00:00:00:00', mask: '01:00:00:00:00:00' };

const toController: Instruction[] = [
  {
    type: 'applyActions',
    actions: [{ type: 'output', port: portNumber.controller, maxLength: maxLength.noBuffer }],
  },
];

/** True for the cookie of a packet-in that a flow of the network has caused. */
export function isNetworkCookie(cookie: bigint): boolean {
  return cookie >> 32n === PREFIX;
}

/** What every switch needs before anything can be discovered or learned. */
export function baseFlows({ learn, forward }: Tables): FlowMod[] {
  const flow = (priority: number, fields: MatchFields, instructions: Instruction[]): FlowMod =>
    flowMod({
      cookie: COOKIE.base,
      tableId: learn,
      priority,
      match: match(fields),
      instructions,
    });
  return [
    { ...flow(0, {}, toController), tableId: forward },
    flow(PRIORITY.lldp, { ethDst: LLDP_DESTINATION, ethType: ETH_TYPE.lldp }, toController),
    flow(PRIORITY.loop, { ethDst: LOOP_DESTINATION, ethType: ETH_TYPE.loop }, toController),
    flow(PRIORITY.reserved, { ethDst: BRIDGE_RESERVED }, []),
    flow(PRIORITY.groupSource, { ethSrc: GROUP_BIT }, []),
    flow(0, {}, toController),
  ];
}

/** Frames from another switch pass without being learned: their stations are not there. */
export function linkFlow({ learn, forward }: Tables, port: number): FlowMod {
  return flowMod({
    cookie: COOKIE.link,
    tableId: learn,
    priority: PRIORITY.link,
    match: [{ field: 'inPort', value: port }],
    instructions: [{ type: 'gotoTable', tableId: forward }],
  });
}

/** What comes in by the port is dropped, but for what discovery looks for. */
export function blockFlow({ learn }: Tables, port: number): FlowMod {
  return flowMod({
    cookie: COOKIE.blocked,
    tableId: learn,
    priority: PRIORITY.blocked,
    match: [{ field: 'inPort', value: port }],
  });
}

/** A station is not heard at this port for a while: it is somewhere else. */
export function holdFlow({ learn }: Tables, port: number, mac: number): FlowMod {
  return flowMod({
    cookie: COOKIE.hold,
    tableId: learn,
    priority: PRIORITY.hold,
    hardTimeout: HOLD_SECONDS,
    match: [
      { field: 'inPort', value: port },
      { field: 'ethSrc', value: macText(mac) },
    ],
  });
}

/** Removes every flow of `holdFlow`. */
export function withoutHolds({ learn }: Tables): FlowMod {
  return flowMod({
    command: 'delete',
    tableId: learn,
    cookie: COOKIE.hold,
    cookieMask: 0xffff_ffff_ffff_ffffn,
  });
}

/** A station at its port. The switch tells when it has been silent for AGEING_SECONDS. */
export function stationFlow({ learn, forward }: Tables, port: number, mac: number): FlowMod {
  return flowMod({
    cookie: COOKIE.station,
    tableId: learn,
    priority: PRIORITY.station,
    idleTimeout: AGEING_SECONDS,
    flags: ['sendFlowRemoved'],
    match: [
      { field: 'inPort', value: port },
      { field: 'ethSrc', value: macText(mac) },
    ],
    instructions: [{ type: 'gotoTable', tableId: forward }],
  });
}

export function routeFlow({ forward }: Tables, mac: number, outPort: number): FlowMod {
  return flowMod({
    cookie: COOKIE.route,
    tableId: forward,
    priority: ROUTE_PRIORITY,
    idleTimeout: AGEING_SECONDS,
    flags: ['sendFlowRemoved'],
    match: [{ field: 'ethDst', value: macText(mac) }],
    instructions: [{ type: 'applyActions', actions: [output(outPort)] }],
  });
}

/** Removes exactly this flow. */
export function without(flow: FlowMod): FlowMod {
  return {
    ...flow,
    command: 'deleteStrict',
    cookieMask: 0xffff_ffff_ffff_ffffn,
    idleTimeout: 0,
    flags: [],
    instructions: [],
  };
}

/** Out of the ports of `actions`, but never back through `inPort`. */
export function sendFrame(inPort: number, actions: Action[], data: Buffer): PacketOut {
  // Written out: this is made for every packet.
  return { type: 'packetOut', xid: 0, bufferId: noBuffer, inPort, actions, data };
}
