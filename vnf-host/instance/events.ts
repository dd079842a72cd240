/** The native datapath's events in the form of the contract. */
import type { InstanceEvent as NativeEvent } from '../../native/index.js';
import type { InstanceEvent, InstanceStats } from '../../sdn-app/contract/instance.js';
import { PORT_DOWN } from './protocol.js';

/** Undefined for what the controller does not act upon; its counters are in the statistics. */
export function contractEvent(
  event: NativeEvent,
  stats: () => InstanceStats,
): InstanceEvent | undefined {
  switch (event.type) {
    case 'progress':
      return { type: 'progress', stats: stats() };
    case 'synchronised':
    case 'ended':
      return { type: event.type };
    case 'syncLost':
      return { type: 'syncLost', code: event.code, reason: event.reason };
    case 'serving':
      return { type: 'serving', endMissing: event.endMissing, stats: stats() };
    case 'handoverClosed':
      return { type: 'handoverClosed', stragglers: event.stragglers };
    case 'silent':
    case 'heard':
      return { type: event.type, silentMs: event.silentMs };
    case 'replica': {
      const { what, code, reason, silentMs } = event;
      if (what === 'serving') return { type: 'replicaServing', stats: stats() };
      return { type: 'replica', what, code, reason, silentMs };
    }
    case 'stalled':
      return { type: 'stalled', stalledMs: event.stalledMs };
    case 'error':
      return { type: 'error', code: event.code, message: event.message };
    case 'holdOverflow':
      return {
        type: 'error',
        code: 'HOLD_OVERFLOW',
        message:
          `the hold buffer is full with ${event.heldPackets} packets; ` +
          'more wait in the kernel: raise holdBytes',
      };
    case 'linkDown':
      return {
        type: 'error',
        code: PORT_DOWN,
        message: `interface ${event.interface} went down: set it up again`,
      };
    default:
      return undefined;
  }
}
