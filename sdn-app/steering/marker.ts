/**
 * Marker frames: the last frame on a path says that the path has ended. The native side
 * (native/statelet/marker.hpp) builds and reads the same bytes.
 */
export const MARKER_SOURCE = '02:fe:ff:00:00:00';

const ETH_TYPE = 0x88b5;
const VERSION = 1;
/** Least Ethernet frame without FCS, IEEE 802.3 clause 3.2.7. */
const FRAME_BYTES = 60;

/**
 * 1: from the controller to srcInst, after the redirect. 2: from srcInst, after its last output. 3:
 * from the controller, after the last frame that it has passed on. 4: from the controller to a
 * standby, after the fence: nobody else speaks any more, take over.
 */
export const MARKER_KIND = { ingress: 1, egress: 2, relayed: 3, takeover: 4 } as const;

/** Which of several markers this one is: each switch where frames enter sends its own. */
export interface MarkerOrigin {
  /** 0 to `of` - 1. */
  index: number;
  /** How many the port shall see, 1 to 64. */
  of: number;
}

/**
 * `mac` is the virtual MAC of the port, `port` its place in the NF's order (0 to 255), `token` the
 * migration's 32 hex digits.
 */
export function markerFrame(
  kind: keyof typeof MARKER_KIND,
  mac: string,
  port: number,
  token: string,
  origin: MarkerOrigin = { index: 0, of: 1 },
): Buffer {
  const head = Buffer.concat([
    macBytes(mac),
    macBytes(MARKER_SOURCE),
    Buffer.from([ETH_TYPE >> 8, ETH_TYPE & 0xff]),
    Buffer.from('FERY', 'latin1'),
    Buffer.from([VERSION, MARKER_KIND[kind], port, 0]),
    Buffer.from(token, 'hex'),
    Buffer.from([origin.index, origin.of]),
  ]);
  return Buffer.concat([head, Buffer.alloc(FRAME_BYTES - head.length)]);
}

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}
