/** Frames for a VNF that come to the controller, and what marks them when it passes them on. */
import type { PacketIn } from '../openflow/index.js';
import type { Topology } from '../contract/topology.js';
import { isOwnCookie } from './owned.js';
import { ETH_TYPE, TABLES } from './tables.js';
import { vnfPorts } from './vnf-port.js';

/** A frame for the port of this place in the NF's order. */
export interface DivertedFrame {
  port: number;
  frame: Buffer;
}

/**
 * Destination of a frame that the controller passes on. The native side (native/statelet/
 * relay_gate.hpp) puts the port's own MAC back; a broadcast keeps the group bit.
 */
const RELAY_MAC = Buffer.from('02feff000001', 'hex');
const MAC_BYTES = 6;
const ETH_TYPE_OFFSET = 12;
const HEADER_BYTES = 14;
/** Target protocol address of an ARP frame (RFC 826), behind the Ethernet header. */
const ARP_TARGET_OFFSET = 38;
const ARP_BYTES = 42;

/** Tells of each packet the VNF's port that it was for; undefined: it was for none. */
export function divertedPorts(
  topology: Topology,
  vnf: string,
): (packet: PacketIn) => number | undefined {
  const ports = vnfPorts(topology, vnf);
  const byMac = new Map(ports.map(({ mac, index }) => [mac.replaceAll(':', ''), index]));
  const byAddress = new Map(
    ports.flatMap(({ addresses, index }) => addresses.map((address) => [address, index])),
  );
  return ({ tableId, cookie, data }) => {
    if (tableId !== TABLES.delivery.id || !isOwnCookie(cookie)) return undefined;
    if (data.length < HEADER_BYTES) return undefined;
    const port = byMac.get(data.toString('hex', 0, MAC_BYTES));
    if (port !== undefined) return port;
    const isArp = data.readUInt16BE(ETH_TYPE_OFFSET) === ETH_TYPE.arp;
    if (!isArp || data.length < ARP_BYTES) return undefined;
    return byAddress.get(data.subarray(ARP_TARGET_OFFSET, ARP_BYTES).join('.'));
  };
}

/** Marks the frame, in its own bytes. */
export function markRelayed(frame: Buffer): Buffer {
  const group = (frame[0] ?? 0) & 1;
  RELAY_MAC.copy(frame);
  frame[0] = (RELAY_MAC[0] ?? 0) | group;
  return frame;
}
