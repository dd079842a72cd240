import { type Complaint, defineMessage } from './message.js';
import { enumeration, flags, pad, show, u16, u32, type ValueOf } from './kinds.js';
import { plainCodec, type PlainMessage } from './plain.js';
import { type Variable } from './fields.js';
import { asRecord } from './layout.js';

/** The Open Networking Foundation's experimenter number. */
export const onfExperimenter = 0x4f4e4600;

const section = 'EXT-230';
const bundleFlags = flags(u16, { atomic: 0, ordered: 1 });

/** Opens, closes, commits or discards a bundle: messages that a switch takes all or none of. */
export const bundleControl = defineMessage(
  'bundleControl',
  { code: 4, section, experimenter: { id: onfExperimenter, type: 2300 } },
  {
    bundleId: u32,
    controlType: enumeration(u16, {
      openRequest: 0,
      openReply: 1,
      closeRequest: 2,
      closeReply: 3,
      commitRequest: 4,
      commitReply: 5,
      discardRequest: 6,
      discardReply: 7,
    }),
    flags: bundleFlags,
  },
);
export type BundleControl = ValueOf<typeof bundleControl>;

/**
 * A whole message, header included. Bundles do not nest: encoding refuses a bundle message here,
 * and one that is read stays an experimenter message.
 */
const plainMessage: Variable<PlainMessage> = {
  sort: 'variable',
  shape: plainCodec.shape,
  read: (reader) => plainCodec.read(reader),
  write: (writer, value) => plainCodec.write(writer, value),
};

/** Adds a message to a bundle. Its xid must be that of this message. */
export const bundleAdd = defineMessage(
  'bundleAdd',
  {
    code: 4,
    section,
    experimenter: { id: onfExperimenter, type: 2301 },
    check: sameXid,
  },
  { bundleId: u32, _pad: pad(2), flags: bundleFlags, message: plainMessage },
);
export type BundleAdd = ValueOf<typeof bundleAdd>;

/** Experimenter types of the errors that bundles cause (`error.experimenterType`). */
export const bundleError = {
  unknown: 2300,
  permission: 2301,
  badId: 2302,
  bundleExists: 2303,
  bundleClosed: 2304,
  outOfBundles: 2305,
  badType: 2306,
  badFlags: 2307,
  messageBadLength: 2308,
  messageBadXid: 2309,
  messageUnsupported: 2310,
  messageConflict: 2311,
  messageTooMany: 2312,
  messageFailed: 2313,
  timeout: 2314,
  bundleInProgress: 2315,
} as const;

function sameXid(bundled: Readonly<Record<string, unknown>>): Complaint | undefined {
  const inner = asRecord(bundled['message'], 0)['xid'];
  if (inner === bundled['xid']) return undefined;
  const detail = `must be that of the bundle message, ${show(bundled['xid'])}, not ${show(inner)}`;
  return { field: 'message.xid', detail };
}
