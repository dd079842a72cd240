/** Each statistic of ofctl_rest. One entry each. */
import { aggregateStatistic, flowStatistic } from './flow.js';
import { groupDescription, groupFeatures, groupStatistic } from './group.js';
import { meterConfiguration, meterFeatures, meterStatistic } from './meter.js';
import { portDescriptions, portStatistic } from './port.js';
import { queueConfiguration, queueStatistic } from './queue.js';
import type { Statistic } from './statistic.js';
import { description, role } from './switch.js';
import { tableFeatures, tableStatistic } from './table.js';

export const STATISTICS: readonly Statistic[] = [
  description,
  flowStatistic,
  // Of a later OpenFlow; with 1.3 Ryu gives the same as for flow.
  { ...flowStatistic, path: 'flowdesc' },
  aggregateStatistic,
  tableStatistic,
  tableFeatures,
  portStatistic,
  portDescriptions,
  queueStatistic,
  queueConfiguration,
  groupStatistic,
  groupDescription,
  groupFeatures,
  meterStatistic,
  meterConfiguration,
  meterFeatures,
  role,
];

/** Paths of a later OpenFlow, and those that answer with 1.3. */
export const LATER: Readonly<Record<string, string>> = {
  queuedesc: 'queueconfig',
  meterdesc: 'meterconfig',
};
