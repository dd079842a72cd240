/** Groups: the body of groupentry commands, and group statistics. */
import { z } from 'zod';
import {
  bucket,
  groupMod,
  multipartRequestBody,
  type Bucket,
  type GroupMod,
  type GroupType,
} from '../../openflow/index.js';
import { actionBody, showAction } from './action.js';
import { nameOf, orElse, RESERVED, whole, whole64 } from './scalar.js';
import { statistic } from './statistic.js';

const { port, group } = RESERVED;
const { make } = multipartRequestBody;

const TYPES = {
  ALL: 'all',
  SELECT: 'select',
  INDIRECT: 'indirect',
  FF: 'fastFailover',
} as const satisfies Record<string, GroupType>;
type TypeName = keyof typeof TYPES;
const TYPE_NAMES = Object.keys(TYPES) as TypeName[];

const bucketBody = z
  .strictObject({
    weight: orElse(whole(16), 0),
    watch_port: orElse(whole(32, port), port.values.ANY),
    watch_group: orElse(whole(32, group), group.values.ANY),
    actions: orElse(z.array(actionBody).max(1024), []),
  })
  .transform((body): Bucket =>
    bucket.make({
      weight: body.weight,
      watchPort: body.watch_port,
      watchGroup: body.watch_group,
      actions: body.actions,
    }),
  );

export const groupBody = z.strictObject({
  dpid: whole64,
  type: orElse(z.enum(TYPE_NAMES), 'ALL'),
  group_id: orElse(whole(32, group), 0),
  buckets: orElse(z.array(bucketBody).max(1024), []),
});

export function groupCommand(
  body: z.infer<typeof groupBody>,
  command: GroupMod['command'],
): GroupMod {
  const { type, group_id: groupId, buckets } = body;
  return groupMod({ command, groupType: TYPES[type], groupId, buckets });
}

const groupPart = { name: 'group_id', schema: whole(32, group) };

export const groupStatistic = statistic<'groupStats'>({
  path: 'group',
  summary: 'Counters of groups',
  parts: [groupPart],
  request: (groupId = group.values.ALL) => make.groupStats({ groupId }),
  show: ({ groups }) =>
    groups.map((each) => ({
      length: 40 + 16 * each.buckets.length,
      ref_count: each.refCount,
      packet_count: each.packetCount,
      byte_count: each.byteCount,
      duration_sec: each.durationSec,
      duration_nsec: each.durationNsec,
      bucket_stats: each.buckets.map(({ packetCount, byteCount }) => ({
        packet_count: packetCount,
        byte_count: byteCount,
      })),
      group_id: nameOf(group, each.groupId),
    })),
});

/** The request of 1.3 names no group: the one that is asked for is picked here. */
export const groupDescription = statistic<'groupDesc'>({
  path: 'groupdesc',
  summary: 'Groups with their buckets',
  parts: [groupPart],
  request: () => make.groupDesc(),
  show: ({ groups }, wanted = group.values.ALL) =>
    groups
      .filter(({ groupId }) => wanted === group.values.ALL || groupId === wanted)
      .map((each) => ({
        buckets: each.buckets.map((one) => ({
          weight: one.weight,
          watch_port: one.watchPort,
          watch_group: one.watchGroup,
          actions: one.actions.map(showAction),
        })),
        group_id: nameOf(group, each.groupId),
        type: TYPE_NAMES.find((name) => TYPES[name] === each.groupType) ?? null,
      })),
});

const CAPABILITIES: readonly (readonly [string, string])[] = [
  ['selectWeight', 'SELECT_WEIGHT'],
  ['selectLiveness', 'SELECT_LIVENESS'],
  ['chaining', 'CHAINING'],
  ['chainingChecks', 'CHAINING_CHECKS'],
];

export const groupFeatures = statistic<'groupFeatures'>({
  path: 'groupfeatures',
  summary: 'What the switch can do with groups',
  request: () => make.groupFeatures(),
  show: (features) => [
    {
      types: TYPE_NAMES.filter((name) => features.types.includes(TYPES[name])),
      capabilities: CAPABILITIES.filter(([flag]) =>
        features.capabilities.some((each) => each === flag),
      ).map(([, name]) => name),
      max_groups: TYPE_NAMES.map((name) => ({ [name]: features.maxGroups[TYPES[name]] })),
      actions: TYPE_NAMES.map((name) => ({
        [name]: features.actions[TYPES[name]].flatMap((type) => upperSnake(type)),
      })),
    },
  ],
});

/** The name of an action in capitals; none for bits without a name. */
function upperSnake(type: string): string[] {
  if (/^bit\d/.test(type)) return [];
  return [type.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()];
}
