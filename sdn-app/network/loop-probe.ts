/**
 * Frames that find a way round outside of the network. Bridges do not let LLDP through; to these they
 * are like any multicast, and what they do with a host's broadcasts they do with them.
 */
import { ETH_TYPE, MIN_FRAME_BYTES } from './ethernet.js';
import { PROBE_BYTES, probeBytes, readProbe, type Probe } from './probe.js';

/** A group address that is administered locally: no host listens to it. */
export const LOOP_DESTINATION = '03:46:65:72:6e:00';

/** Before the probe: others use this type too, for experiments of their own (IEEE 802 clause 9.2.3). */
const MARK = Buffer.from('Ferry loop probe', 'latin1');
/** Without the checksum (IEEE 802.3 clause 3.2.8). */
const SHORTEST_FRAME_BYTES = 60;

/** `hwAddr` is that of the port. */
export function loopFrame(probe: Probe, hwAddr: string, key: Buffer): Buffer {
  const bytes = Buffer.concat([
    Buffer.from(LOOP_DESTINATION.replaceAll(':', ''), 'hex'),
    Buffer.from(hwAddr.replaceAll(':', ''), 'hex'),
    Buffer.from([ETH_TYPE.loop >> 8, ETH_TYPE.loop & 0xff]),
    MARK,
    probeBytes('loop', probe, key),
  ]);
  return Buffer.concat([bytes], Math.max(SHORTEST_FRAME_BYTES, bytes.length));
}

/** `forged` for one that claims to be ours and is not by this key; undefined for other frames. */
export function readLoopFrame(frame: Buffer, key: Buffer): Probe | 'forged' | undefined {
  const at = MIN_FRAME_BYTES + MARK.length;
  if (frame.length < at + PROBE_BYTES || frame.readUInt16BE(12) !== ETH_TYPE.loop) return undefined;
  if (!frame.subarray(MIN_FRAME_BYTES, at).equals(MARK)) return undefined;
  return readProbe('loop', frame.subarray(at, at + PROBE_BYTES), key);
}
