/** Actions (OpenFlow 1.3.5 section 7.2.5): objects in requests, texts in answers. */
import { z } from 'zod';
import {
  action,
  match,
  type Action,
  type MatchFields,
  type OxmField,
} from '../../openflow/index.js';
import { bytesOf, dataKeys } from './bytes.js';
import { FIELDS } from './fields.js';
import { setFieldValue, showOxm } from './field-value.js';
import { nameOf, orElse, RESERVED, scalar, whole } from './scalar.js';

const { make } = action;
const { port, group, queue, maxLength } = RESERVED;

/** An action without arguments. */
const bare = <const T extends string>(type: T, made: Action) =>
  z.strictObject({ type: z.literal(type) }).transform(() => made);

const withEthertype = <const T extends string>(type: T, made: (ethType: number) => Action) =>
  z
    .strictObject({ type: z.literal(type), ethertype: whole(16) })
    .transform(({ ethertype }) => made(ethertype));

const setField = z
  .strictObject({ type: z.literal('SET_FIELD'), field: z.string(), value: scalar })
  .transform(({ field: key, value }, context): Action => {
    const field = FIELDS.get(key);
    if (field === undefined) {
      const message = `${key.slice(0, 40)} is not a match field of OpenFlow 1.3`;
      context.addIssue({ code: 'custom', message, path: ['field'] });
      return z.NEVER;
    }
    const result = setFieldValue(field).safeParse(value);
    if (!result.success) {
      const message = result.error.issues[0]?.message ?? 'is wrong';
      context.addIssue({ code: 'custom', message, path: ['value'] });
      return z.NEVER;
    }
    const fields = { [field.name]: result.data.value } as MatchFields;
    const [oxm] = match(fields) as [OxmField];
    return make.setField({ field: oxm });
  });

/** Each kind of action that ofctl_rest takes. */
export const ACTION_BODIES = [
  z
    .strictObject({
      type: z.literal('OUTPUT'),
      port: orElse(whole(32, port), port.values.ANY),
      max_len: orElse(whole(16, maxLength), maxLength.values.MAX),
    })
    .transform((body) => make.output({ port: body.port, maxLength: body.max_len })),
  bare('COPY_TTL_OUT', make.copyTtlOut()),
  bare('COPY_TTL_IN', make.copyTtlIn()),
  z
    .strictObject({ type: z.literal('SET_MPLS_TTL'), mpls_ttl: whole(8) })
    .transform((body) => make.setMplsTtl({ ttl: body.mpls_ttl })),
  bare('DEC_MPLS_TTL', make.decMplsTtl()),
  withEthertype('PUSH_VLAN', (ethType) => make.pushVlan({ ethType })),
  bare('POP_VLAN', make.popVlan()),
  withEthertype('PUSH_MPLS', (ethType) => make.pushMpls({ ethType })),
  withEthertype('POP_MPLS', (ethType) => make.popMpls({ ethType })),
  z
    .strictObject({ type: z.literal('SET_QUEUE'), queue_id: whole(32, queue) })
    .transform((body) => make.setQueue({ queueId: body.queue_id })),
  z
    .strictObject({ type: z.literal('GROUP'), group_id: whole(32, group) })
    .transform((body) => make.group({ groupId: body.group_id })),
  z
    .strictObject({ type: z.literal('SET_NW_TTL'), nw_ttl: whole(8) })
    .transform((body) => make.setNwTtl({ ttl: body.nw_ttl })),
  bare('DEC_NW_TTL', make.decNwTtl()),
  setField,
  withEthertype('PUSH_PBB', (ethType) => make.pushPbb({ ethType })),
  bare('POP_PBB', make.popPbb()),
  z
    .strictObject({ type: z.literal('EXPERIMENTER'), experimenter: whole(32), ...dataKeys })
    .transform((body) =>
      make.experimenter({ experimenter: body.experimenter, data: bytesOf(body) }),
    ),
] as const;

/** One action of a bucket or of WRITE_ACTIONS. */
export const actionBody: z.ZodType<Action> = z.discriminatedUnion('type', ACTION_BODIES);

export function showAction(act: Action): string {
  switch (act.type) {
    case 'output':
      return `OUTPUT:${nameOf(port, act.port)}`;
    case 'copyTtlOut':
      return 'COPY_TTL_OUT';
    case 'copyTtlIn':
      return 'COPY_TTL_IN';
    case 'setMplsTtl':
      return `SET_MPLS_TTL:${act.ttl}`;
    case 'decMplsTtl':
      return 'DEC_MPLS_TTL';
    case 'pushVlan':
      return `PUSH_VLAN:${act.ethType}`;
    case 'popVlan':
      return 'POP_VLAN';
    case 'pushMpls':
      return `PUSH_MPLS:${act.ethType}`;
    case 'popMpls':
      return `POP_MPLS:${act.ethType}`;
    case 'setQueue':
      return `SET_QUEUE:${nameOf(queue, act.queueId)}`;
    case 'group':
      return `GROUP:${nameOf(group, act.groupId)}`;
    case 'setNwTtl':
      return `SET_NW_TTL:${act.ttl}`;
    case 'decNwTtl':
      return 'DEC_NW_TTL';
    case 'setField':
      return `SET_FIELD: {${showSetField(act.field)}}`;
    case 'pushPbb':
      return `PUSH_PBB:${act.ethType}`;
    case 'popPbb':
      return 'POP_PBB';
    case 'experimenter': {
      const data = act.data.toString('base64');
      return `EXPERIMENTER: {experimenter:${act.experimenter}, data:${data}}`;
    }
    default:
      return 'UNKNOWN';
  }
}

/** By the name of OXM, and with the value as it is. */
function showSetField(oxm: OxmField): string {
  const { key, value } = showOxm(oxm);
  return `${key}:${String(value)}`;
}
