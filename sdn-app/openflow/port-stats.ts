import { pad, u32, u64, type ValueOf } from './kinds.js';
import { defineStruct } from './struct.js';

/** The counters of a port (section 7.3.5.6); one not kept by the switch is 2^64-1. */
export const portStats = defineStruct('7.3.5.6', {
  portNo: u32,
  _pad: pad(4),
  rxPackets: u64,
  txPackets: u64,
  rxBytes: u64,
  txBytes: u64,
  rxDropped: u64,
  txDropped: u64,
  rxErrors: u64,
  txErrors: u64,
  rxFrameErrors: u64,
  rxOverrunErrors: u64,
  rxCrcErrors: u64,
  collisions: u64,
  durationSec: u32,
  durationNsec: u32,
});
export type PortStats = ValueOf<typeof portStats>;
