// Groups and their buckets.
import type { Bucket, GroupMod } from '../group-mod.js';
import type { GroupDescription, GroupStats } from '../group-stats.js';
import type { MultipartReplyBody } from '../multipart.js';
import { group, port } from '../port-number.js';
import { actionsText } from './actions.js';
import { actionNames } from './table-features.js';
import { bitsHex, duration, sharpHex } from './numbers.js';
import { portName } from './port-names.js';

const commandNames = { add: 'ADD', modify: 'MOD', delete: 'DEL' } as const;
const typeNames: Readonly<Record<string, string>> = { fastFailover: 'ff' };

/** Open vSwitch leaves out the weight of one that select groups usually have, and the 0 of others. */
function bucketText({ weight, watchPort, watchGroup, actions }: Bucket, type: unknown): string {
  return [
    ...(weight === (type === 'select' ? 1 : 0) ? [] : [`weight:${weight}`]),
    ...(watchPort === port.any ? [] : [`watch_port:${portName(watchPort)}`]),
    ...(watchGroup === group.any ? [] : [`watch_group:${watchGroup}`]),
    `actions=${actionsText(actions)}`,
  ].join(',');
}

export function groupText({ groupId, groupType, buckets }: GroupDescription): string {
  return [
    `group_id=${groupId}`,
    `type=${typeNames[groupType] ?? groupType}`,
    ...buckets.map((bucket) => `bucket=${bucketText(bucket, groupType)}`),
  ].join(',');
}

export function groupModText(message: GroupMod): string {
  return `\n ${commandNames[message.command]} ${groupText(message)}`;
}

/** Counters of groups, and of their buckets where the switch keeps them. */
export function groupStatsText(groups: readonly GroupStats[]): string {
  return groups
    .map(({ groupId, refCount, packetCount, byteCount, buckets, durationSec, durationNsec }) =>
      [
        `\n group_id=${groupId}`,
        ...(durationSec === 0xffffffff ? [] : [`duration=${duration(durationSec, durationNsec)}`]),
        `ref_count=${refCount}`,
        `packet_count=${packetCount}`,
        `byte_count=${byteCount}`,
        ...buckets.flatMap((bucket, index) =>
          bucket.packetCount === notKept
            ? []
            : [
                `bucket${index}:packet_count=${bucket.packetCount}`,
                `byte_count=${bucket.byteCount}`,
              ],
        ),
      ].join(','),
    )
    .join('');
}

const notKept = 0xffff_ffff_ffff_ffffn;

type GroupFeatures = Extract<MultipartReplyBody, { kind: 'groupFeatures' }>;
const types = ['all', 'select', 'indirect', 'fastFailover'] as const;
const capabilities = ['selectWeight', 'selectLiveness', 'chaining', 'chainingChecks'];

export function groupFeaturesText(features: GroupFeatures): string {
  const { types: supported, maxGroups, actions } = features;
  const perType = types.flatMap((type) =>
    supported.includes(type)
      ? [
          `    ${type === 'fastFailover' ? 'fast failover' : type} group:\n`,
          `       max_groups=${sharpHex(maxGroups[type])}\n`,
          `       actions: ${actionNames(actions[type])}\n`,
        ]
      : [],
  );
  return [
    '\n Group table:\n',
    `    Types:  ${bitsHex(supported, types)}\n`,
    `    Capabilities:  ${bitsHex(features.capabilities, capabilities)}\n`,
    ...perType,
  ].join('');
}
