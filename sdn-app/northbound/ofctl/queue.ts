/** Statistics and configuration of queues. */
import {
  multipartRequestBody,
  port as portNumbers,
  queueGetConfigRequest,
  type QueueProperty,
} from '../../openflow/index.js';
import { nameOf, RESERVED, whole } from './scalar.js';
import { portPart } from './port.js';
import { statistic, type Statistic } from './statistic.js';

const { port, queue } = RESERVED;

export const queueStatistic = statistic<'queueStats'>({
  path: 'queue',
  summary: 'Counters of queues',
  parts: [portPart, { name: 'queue_id', schema: whole(32, queue) }],
  request: (portNo = portNumbers.any, queueId = queue.values.ALL) =>
    multipartRequestBody.make.queueStats({ portNo, queueId }),
  show: ({ queues }) =>
    queues.map((each) => ({
      duration_nsec: each.durationNsec,
      duration_sec: each.durationSec,
      port_no: each.portNo,
      queue_id: each.queueId,
      tx_bytes: each.txBytes,
      tx_errors: each.txErrors,
      tx_packets: each.txPackets,
    })),
});

export const queueConfiguration: Statistic = {
  path: 'queueconfig',
  summary: 'Queues and what they promise',
  parts: [portPart],
  ask: async (session, [portNo = portNumbers.any]) => {
    const reply = await session.request(queueGetConfigRequest({ portNo }), 'queueGetConfigReply');
    const queues = reply.queues.map((each) => ({
      properties: each.properties.map(showProperty),
      port: nameOf(port, each.portNo),
      queue_id: nameOf(queue, each.queueId),
    }));
    return [{ queues, port: nameOf(port, reply.portNo) }];
  },
};

function showProperty(property: QueueProperty): Record<string, unknown> {
  switch (property.type) {
    case 'minRate':
      return { property: 'MIN_RATE', rate: property.rate };
    case 'maxRate':
      return { property: 'MAX_RATE', rate: property.rate };
    case 'experimenter': {
      const { experimenter, data } = property;
      return { property: 'EXPERIMENTER', experimenter, data: [...data] };
    }
    default:
      return { property: 'UNKNOWN' };
  }
}
