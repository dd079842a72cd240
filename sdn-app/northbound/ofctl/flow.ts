/** Flow entries: the body of flowentry commands, filters, and flow statistics. */
import { z } from 'zod';
import {
  encode,
  flowMod,
  multipartReply,
  multipartReplyBody,
  multipartRequestBody,
  type FlowMod,
  type FlowModFlag,
  type FlowStats,
} from '../../openflow/index.js';
import { bitmapOf } from './bitmap.js';
import { actionsBody, instructionsBody, showInstructions } from './instruction.js';
import { matchBody, showMatch } from './match.js';
import { nameOf, orElse, RESERVED, whole, whole64 } from './scalar.js';
import { askFor, filteredStatistic } from './statistic.js';

const { port, group, table, buffer } = RESERVED;
const flags = bitmapOf<FlowModFlag>(flowMod.shape, 'flags');

/** Of the message around a flow entry: what its length is without it. */
const REPLY_HEAD_BYTES = 16;

const filterKeys = {
  out_port: orElse(whole(32, port), port.values.ANY),
  out_group: orElse(whole(32, group), group.values.ANY),
  cookie: orElse(whole64, 0n),
  cookie_mask: orElse(whole64, 0n),
  match: orElse(matchBody, []),
};

export const flowBody = z
  .strictObject({
    dpid: whole64,
    ...filterKeys,
    table_id: orElse(whole(8, table), 0),
    idle_timeout: orElse(whole(16), 0),
    hard_timeout: orElse(whole(16), 0),
    priority: orElse(whole(16), 0),
    buffer_id: orElse(whole(32, buffer), buffer.values.NO_BUFFER),
    flags: orElse(whole(16), 0),
    actions: actionsBody.nullish(),
    instructions: instructionsBody.nullish(),
  })
  .refine(({ actions, instructions }) => isMissing(actions) || isMissing(instructions), {
    message: 'must not stand beside actions',
    path: ['instructions'],
  });

export function flowCommand(body: z.infer<typeof flowBody>, command: FlowMod['command']): FlowMod {
  return flowMod({
    command,
    cookie: body.cookie,
    cookieMask: body.cookie_mask,
    tableId: body.table_id,
    idleTimeout: body.idle_timeout,
    hardTimeout: body.hard_timeout,
    priority: body.priority,
    bufferId: body.buffer_id,
    outPort: body.out_port,
    outGroup: body.out_group,
    flags: flags.toFlags(body.flags),
    match: body.match,
    instructions: body.actions ?? body.instructions ?? [],
  });
}

const filterBody = z.strictObject({
  ...filterKeys,
  table_id: orElse(whole(8, table), table.values.ALL),
});
const isMissing = (value: unknown): boolean => value === undefined || value === null;

/** OpenFlow does not filter by priority: that is done here. */
const flowFilterBody = z.strictObject({ ...filterBody.shape, priority: whole(16).nullish() });

export const flowStatistic = filteredStatistic(
  'flow',
  'Flow entries with their counters',
  flowFilterBody,
  async (session, body) => {
    const parts = await askFor(session, multipartRequestBody.make.flow(filterOf(body)));
    return parts
      .flatMap((part) => part.flows)
      .filter(({ priority }) => isMissing(body.priority) || priority === body.priority)
      .map(showFlow);
  },
);

export const aggregateStatistic = filteredStatistic(
  'aggregateflow',
  'Counters of all flow entries together',
  filterBody,
  async (session, body) => {
    const parts = await askFor(session, multipartRequestBody.make.aggregate(filterOf(body)));
    return parts.map((part) => ({
      packet_count: part.packetCount,
      byte_count: part.byteCount,
      flow_count: part.flowCount,
    }));
  },
);

function filterOf(body: z.infer<typeof filterBody>) {
  return {
    tableId: body.table_id,
    outPort: body.out_port,
    outGroup: body.out_group,
    cookie: body.cookie,
    cookieMask: body.cookie_mask,
    match: body.match,
  };
}

export function showFlow(flow: FlowStats): Record<string, unknown> {
  return {
    priority: flow.priority,
    cookie: flow.cookie,
    idle_timeout: flow.idleTimeout,
    hard_timeout: flow.hardTimeout,
    byte_count: flow.byteCount,
    duration_sec: flow.durationSec,
    duration_nsec: flow.durationNsec,
    packet_count: flow.packetCount,
    length: lengthOf(flow),
    flags: flags.toNumber(flow.flags),
    actions: showInstructions(flow.instructions),
    match: showMatch(flow.match),
    table_id: nameOf(table, flow.tableId),
  };
}

/** Bytes of the entry in the switch's answer (section 7.3.5.2). */
function lengthOf(flow: FlowStats): number {
  const reply = multipartReply({ body: multipartReplyBody.make.flow({ flows: [flow] }) });
  return encode(reply).length - REPLY_HEAD_BYTES;
}
