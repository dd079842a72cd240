// The messages that the codec is measured with, as a controller meets them.
import {
  action,
  type FlowMod,
  flowMod,
  flowStats,
  instruction,
  match,
  type MultipartReply,
  multipartReply,
  multipartReplyBody,
  type PacketIn,
  packetIn,
} from '../../sdn-app/openflow/index.js';

const { output, setField } = action.make;
const { applyActions, gotoTable } = instruction.make;
const packetBytes = 128;
const entries = 100;

function steering(udpDst: number): Pick<FlowMod, 'match' | 'instructions'> {
  return {
    match: match({
      inPort: 1,
      ethType: 0x800,
      ipProto: 17,
      ipv4Dst: { value: '10.0.0.0', mask: '255.255.0.0' },
      udpDst,
    }),
    instructions: [
      applyActions({
        actions: [
          setField({ field: { field: 'ethDst', value: '02:00:00:00:00:02' } }),
          output({ port: 2 }),
        ],
      }),
      gotoTable({ tableId: 3 }),
    ],
  };
}

export const aFlowMod: FlowMod = flowMod({
  xid: 5,
  cookie: 0xfe01n,
  tableId: 1,
  priority: 300,
  idleTimeout: 60,
  ...steering(53),
});

export const aPacketIn: PacketIn = packetIn({
  totalLength: packetBytes,
  reason: 'action',
  tableId: 2,
  cookie: 7n,
  match: match({ inPort: 3 }),
  data: Buffer.alloc(packetBytes, 0x5a),
});

export const aFlowStatsReply: MultipartReply = multipartReply({
  body: multipartReplyBody.make.flow({
    flows: Array.from({ length: entries }, (_, index) =>
      flowStats.make({
        tableId: 1,
        durationSec: index,
        durationNsec: 5_000_000,
        priority: 300,
        cookie: BigInt(index),
        packetCount: 1_000n,
        byteCount: 64_000n,
        ...steering(index),
      }),
    ),
  }),
});
