// Queues of ports: what they promise and what they count.
import { queue } from '../port-number.js';
import type { QueueGetConfigReply, QueueProperty, QueueStats } from '../queue.js';
import { counter, duration } from './numbers.js';
import { portName } from './port-names.js';

export function queueName(queueId: number): string {
  return queueId === queue.all ? 'ALL' : queueId.toString();
}

export function queueStatsText(queues: readonly QueueStats[]): string {
  const lines = queues.map(
    ({ portNo, queueId, txBytes, txPackets, txErrors, durationSec, durationNsec }) => {
      const time = durationSec === 0xffffffff ? '?' : duration(durationSec, durationNsec);
      const counters = `bytes=${counter(txBytes)}, pkts=${counter(txPackets)}, errors=${counter(txErrors)}`;
      return `  port ${portName(portNo)} queue ${queueName(queueId)}: ${counters}, duration=${time}\n`;
    },
  );
  return ` ${queues.length} queues\n${lines.join('')}`;
}

/** In 1/10 of a percent up to 1000; more means that there is no such limit. */
function rateText(name: string, rate: number): string {
  if (rate === 0xffff) return '';
  return rate <= 1000 ? ` ${name}:${Math.floor(rate / 10)}.${rate % 10}%` : ` ${name}:(disabled)`;
}

function propertyText(property: QueueProperty): string {
  if (property.type === 'minRate') return rateText('min_rate', property.rate);
  if (property.type === 'maxRate') return rateText('max_rate', property.rate);
  return ` ${property.type}`;
}

export function queueConfigText({ portNo, queues }: QueueGetConfigReply): string {
  const lines = queues.map(
    ({ queueId, properties }) => `queue ${queueId}:${properties.map(propertyText).join('')}\n`,
  );
  return queues.length === 0 ? '' : ` port=${portName(portNo)}\n${lines.join('')}`;
}
