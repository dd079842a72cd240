/**
 * Discovery frames: LLDP (IEEE 802.1AB) with the sender's switch and port, and a keyed hash over
 * both and a round number, so that a host can neither make one up nor use an old one again.
 */
import { ETH_TYPE, MIN_FRAME_BYTES } from './ethernet.js';
import { PROBE_BYTES, probeBytes, readProbe, type Probe } from './probe.js';

/** The nearest bridge: bridges do not forward it (IEEE 802.1AB clause 7.1). */
export const LLDP_DESTINATION = '01:80:c2:00:00:0e';

/** TLV types of IEEE 802.1AB clause 8.4. */
const TLV = { end: 0, chassis: 1, port: 2, ttl: 3, organisation: 127 } as const;
/** "Locally assigned", clauses 8.5.2 and 8.5.3. */
const LOCAL = 7;
/** A locally administered identifier: nobody else's. */
const ORGANISATION = Buffer.from([0x46, 0x65, 0x72]);
const SUBTYPE = 1;

/** `hwAddr` is that of the port; `ttlSeconds` is for others who read it, 0 to 65535. */
export function lldpFrame(probe: Probe, hwAddr: string, ttlSeconds: number, key: Buffer): Buffer {
  const ttl = Buffer.alloc(2);
  ttl.writeUInt16BE(ttlSeconds);
  return Buffer.concat([
    Buffer.from(LLDP_DESTINATION.replaceAll(':', ''), 'hex'),
    Buffer.from(hwAddr.replaceAll(':', ''), 'hex'),
    Buffer.from([ETH_TYPE.lldp >> 8, ETH_TYPE.lldp & 0xff]),
    tlv(TLV.chassis, Buffer.from([LOCAL]), Buffer.from(probe.dpid.toString(16).padStart(16, '0'))),
    tlv(TLV.port, Buffer.from([LOCAL]), Buffer.from(String(probe.port))),
    tlv(TLV.ttl, ttl),
    tlv(TLV.organisation, ORGANISATION, Buffer.from([SUBTYPE]), probeBytes('link', probe, key)),
    tlv(TLV.end),
  ]);
}

/**
 * What a frame of `lldpFrame` says; `forged` for one that claims to be ours and is not by this key;
 * undefined for other LLDP and for what is broken.
 */
export function readLldp(frame: Buffer, key: Buffer): Probe | 'forged' | undefined {
  let at = MIN_FRAME_BYTES;
  while (at + 2 <= frame.length) {
    const header = frame.readUInt16BE(at);
    const type = header >> 9;
    const value = frame.subarray(at + 2, at + 2 + (header & 0x1ff));
    if (type === TLV.end || value.length !== (header & 0x1ff)) return undefined;
    if (type === TLV.organisation && isOurs(value)) {
      return readProbe('link', value.subarray(ORGANISATION.length + 1), key);
    }
    at += 2 + value.length;
  }
  return undefined;
}

function isOurs(value: Buffer): boolean {
  return (
    value.length === ORGANISATION.length + 1 + PROBE_BYTES &&
    value.subarray(0, ORGANISATION.length).equals(ORGANISATION) &&
    value[ORGANISATION.length] === SUBTYPE
  );
}

function tlv(type: number, ...parts: Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const header = Buffer.alloc(2);
  header.writeUInt16BE((type << 9) | value.length);
  return Buffer.concat([header, value]);
}
