/**
 * Flows and groups that Ferry steers by are not to be changed or deleted by others. They are known
 * by cookie and by group id (steering/owned.ts); what a command would touch, the switch is asked.
 * The flows of the network (network/flows.ts) are in every switch, so that a command for all flows
 * is not refused for them: it passes them by.
 */
import { FerryError } from '../contract/errors.js';
import { NETWORK_FLOWS } from '../network/index.js';
import {
  flowMod,
  group,
  multipartRequest,
  multipartRequestBody,
  port,
  table,
  type FlowMod,
  type FlowStats,
  type GroupMod,
  type OxmField,
  type PlainMessage,
} from '../openflow/index.js';
import { isFerryGroup, OWNED_FLOWS } from '../steering/index.js';
import { SwitchError, type SwitchSession } from '../switch/index.js';

const ALL_BITS = 0xffff_ffff_ffff_ffffn;

/** Cookies that equal `cookie` in the bits of `cookieMask`. */
export interface CookieRange {
  readonly cookie: bigint;
  readonly cookieMask: bigint;
}

/** Every range of cookies that is Ferry's own. */
const OWN_COOKIES: readonly CookieRange[] = [OWNED_FLOWS, NETWORK_FLOWS];

/** Deletes every flow entry but Ferry's own. */
export function deleteOthers(): PlainMessage[] {
  return cookiesOfOthers(OWN_COOKIES).map((cookies) =>
    flowMod({ command: 'delete', tableId: table.all, ...cookies }),
  );
}

/** The same messages; those that take in many flow entries leave the network's alone. */
export function sparingNetwork(messages: readonly PlainMessage[]): PlainMessage[] {
  const others = cookiesOfOthers([NETWORK_FLOWS]);
  return messages.flatMap((message): PlainMessage[] => {
    if (message.type !== 'flowMod') return [message];
    if (message.command !== 'delete' && message.command !== 'modify') return [message];
    return others.flatMap((range) => {
      const cookies = common(message, range);
      if (cookies === undefined) return [];
      // Of a modify, the cookie is only what it looks for (section 6.4).
      return [{ ...message, ...cookies }];
    });
  });
}

type Session = Pick<SwitchSession, 'multipart' | 'groups'>;

/** Rejects with OWNED_BY_FERRY when a message would touch what is Ferry's. */
export async function refuseOwned(
  session: Session,
  messages: readonly PlainMessage[],
): Promise<void> {
  for (const message of messages) {
    if (message.type === 'flowMod') await refuseFlow(session, message);
    if (message.type === 'groupMod') await refuseGroup(session, message);
  }
}

/**
 * Ranges that together are every cookie but those of `owned`: to delete by each of them is to
 * delete all that is not owned, without having asked what there is.
 */
export function cookiesOfOthers(owned: readonly CookieRange[]): CookieRange[] {
  return owned.reduce(
    (ranges, each) => ranges.flatMap((range) => without(range, each)),
    [{ cookie: 0n, cookieMask: 0n }],
  );
}

/** The cookies of both; undefined when there are none. */
function common(a: CookieRange, b: CookieRange): CookieRange | undefined {
  const differs = (a.cookie ^ b.cookie) & a.cookieMask & b.cookieMask;
  if (differs !== 0n) return undefined;
  const cookie = (a.cookie & a.cookieMask) | (b.cookie & b.cookieMask);
  return { cookie, cookieMask: a.cookieMask | b.cookieMask };
}

/** Those of `range` outside `hole`: for each bit that the hole asks for, those that fail at it. */
function without(range: CookieRange, hole: CookieRange): CookieRange[] {
  if (common(range, hole) === undefined) return [range];
  const left: CookieRange[] = [];
  let { cookie, cookieMask } = range;
  for (let bit = 1n << 63n; bit > 0n; bit >>= 1n) {
    if ((hole.cookieMask & bit) === 0n || (cookieMask & bit) !== 0n) continue;
    cookieMask |= bit;
    left.push({ cookie: cookie | (~hole.cookie & bit), cookieMask });
    cookie |= hole.cookie & bit;
  }
  return left;
}

async function refuseFlow(session: Session, mod: FlowMod): Promise<void> {
  const isAdd = mod.command === 'add';
  const isStrict = isAdd || mod.command === 'modifyStrict' || mod.command === 'deleteStrict';
  const isDelete = mod.command === 'delete' || mod.command === 'deleteStrict';
  // Add replaces the entry with the same match, whatever its cookie (section 6.4).
  const asked = isAdd ? { cookie: 0n, cookieMask: 0n } : mod;
  if (OWN_COOKIES.some((own) => isWithin(isAdd ? { ...mod, cookieMask: ALL_BITS } : mod, own))) {
    const message = `cookie 0x${mod.cookie.toString(16)} is of a range that is Ferry's own`;
    throw new FerryError('OWNED_BY_FERRY', message, 'cookie');
  }
  const cookies = common(asked, OWNED_FLOWS);
  if (cookies === undefined) return;
  const touched = await flowsOf(session, {
    ...{ tableId: mod.tableId, match: mod.match, ...cookies },
    outPort: isDelete ? mod.outPort : port.any,
    outGroup: isDelete ? mod.outGroup : group.any,
  });
  const hit = isStrict ? touched.find((flow) => isSameEntry(flow, mod)) : touched[0];
  if (hit === undefined) return;
  const { tableId, priority, cookie } = hit;
  const where = `table ${tableId}, priority ${priority}, cookie 0x${cookie.toString(16)}`;
  throw new FerryError('OWNED_BY_FERRY', `${mod.command} would touch Ferry's flow: ${where}`);
}

/** Whether every cookie of `range` is of `other` too. */
function isWithin(range: CookieRange, other: CookieRange): boolean {
  const isNarrower = (range.cookieMask & other.cookieMask) === other.cookieMask;
  return isNarrower && common(range, other) !== undefined;
}

async function flowsOf(
  session: Session,
  filter: Parameters<typeof multipartRequestBody.make.flow>[0],
): Promise<FlowStats[]> {
  const request = multipartRequest({ body: multipartRequestBody.make.flow(filter) });
  try {
    return (await session.multipart(request, 'flow')).flatMap((part) => part.flows);
  } catch (error) {
    // The switch will refuse the command for the same match.
    if (error instanceof SwitchError && error.refusal?.type === 'badMatch') return [];
    throw error;
  }
}

async function refuseGroup(session: Session, mod: GroupMod): Promise<void> {
  const isAll = mod.command === 'delete' && mod.groupId === group.all;
  const hit = isAll
    ? (await session.groups()).map(({ groupId }) => groupId).find(isFerryGroup)
    : isFerryGroup(mod.groupId)
      ? mod.groupId
      : undefined;
  if (hit === undefined) return;
  throw new FerryError('OWNED_BY_FERRY', `group 0x${hit.toString(16)} is Ferry's own`, 'group_id');
}

/** The same priority and the same match, of a flow that the match takes in (section 6.4). */
function isSameEntry(flow: FlowStats, mod: FlowMod): boolean {
  return flow.priority === mod.priority && matchKey(flow.match) === matchKey(mod.match);
}

function matchKey(fields: readonly OxmField[]): string {
  const keys = fields.map((field) => {
    if (field.field === 'unknown') {
      return `${field.class} ${field.code} ${field.bytes.toString('hex')}`;
    }
    const mask = 'mask' in field ? String(field.mask) : '';
    return `${field.field} ${String(field.value)} ${isAllOnes(mask) ? '' : mask}`;
  });
  return keys.sort().join();
}

/** Addresses alone: switches show a field with a mask of all ones without it. */
function isAllOnes(mask: string): boolean {
  return /^(?:255(?:\.255){3}|ff(?::ff){5}|ffff(?::ffff){7})$/.test(mask);
}
