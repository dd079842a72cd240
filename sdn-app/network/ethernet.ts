/**
 * The few fields of an Ethernet frame that switching needs. A MAC address is a number of 48 bits:
 * cheap to read, to compare and to look up.
 */
import { formatMac } from '../openflow/index.js';

export const MIN_FRAME_BYTES = 14;

/** `loop`: for experiments on local networks (IEEE 802 clause 9.2.3). */
export const ETH_TYPE = { arp: 0x0806, lldp: 0x88cc, loop: 0x88b5 } as const;

const SOURCE_OFFSET = 6;
const ETH_TYPE_OFFSET = 12;
/** RFC 826 with Ethernet and IPv4: the frame's length up to and including the target address. */
const ARP_FRAME_BYTES = 42;
const ARP_SENDER_OFFSET = 28;
const HIGH = 0x1_0000_0000;

export function destinationOf(frame: Buffer): number {
  return macAt(frame, 0);
}

export function sourceOf(frame: Buffer): number {
  return macAt(frame, SOURCE_OFFSET);
}

export function macAt(frame: Buffer, offset: number): number {
  return frame.readUInt16BE(offset) * HIGH + frame.readUInt32BE(offset + 2);
}

/** Without VLAN tags: those are switched as they are. */
export function ethTypeOf(frame: Buffer): number {
  return frame.readUInt16BE(ETH_TYPE_OFFSET);
}

/** Broadcast and multicast: the lowest bit of the first byte (IEEE 802 clause 8.2.2). */
export function isGroup(mac: number): boolean {
  return ((mac / 0x100_0000_0000) & 1) === 1;
}

/** What may be learned: one station, and not the address of nobody. */
export function isStation(mac: number): boolean {
  return mac !== 0 && !isGroup(mac);
}

/** As `02:00:00:00:00:01`. */
export function macText(mac: number): string {
  return formatMac(Math.floor(mac / HIGH), mac % HIGH);
}

/** IPv4 address of an ARP frame's sender, as a number; undefined for other frames and for 0.0.0.0. */
export function arpSender(frame: Buffer): number | undefined {
  if (frame.length < ARP_FRAME_BYTES || ethTypeOf(frame) !== ETH_TYPE.arp) return undefined;
  return frame.readUInt32BE(ARP_SENDER_OFFSET) || undefined;
}
