import { type Complaint, defineMessage } from './message.js';
import { type Defaulted, enumeration, flags, pad, show, u16, u32, type ValueOf } from './kinds.js';
import { plainCodec, type PlainMessage } from './plain.js';
import type { ErrorCause } from './errors.js';
import { type Variable } from './fields.js';
import { asRecord } from './layout.js';
import { list, restBytes } from './sequence.js';
import { tlvUnion, variant } from './union.js';
import { refuse } from './wire-error.js';

/** The Open Networking Foundation's experimenter number. */
export const onfExperimenter = 0x4f4e4600;

const section = 'EXT-230';
const bundleFlags = flags(u16, { atomic: 0, ordered: 1 });

/** What else a bundle message says: nothing that is specified yet. */
export const bundleProperty = tlvUnion(
  'type',
  { unit: 8, lengthCountsPadding: false },
  {
    experimenter: variant(0xffff, section, {
      experimenter: u32,
      experimenterType: u32,
      data: restBytes,
    }),
  },
);
export type BundleProperty = ValueOf<typeof bundleProperty>;
const properties = list(bundleProperty);

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
    properties,
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

/** Properties behind a bundled message, which is padded to whole units only if there are any. */
const propertiesBehind: Variable<BundleProperty[]> & Defaulted = {
  ...properties,
  read(reader) {
    if (reader.remaining === 0) return [];
    reader.alignFrom(reader.origin, 8);
    if (reader.remaining > 0) return properties.read(reader);
    return refuse('WIRE_BAD_LENGTH', 'length', reader.position, 'padding without properties');
  },
  write(writer, value) {
    if (Array.isArray(value) && value.length > 0) writer.alignFrom(writer.origin, 8);
    properties.write(writer, value);
  },
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
  {
    bundleId: u32,
    _pad: pad(2),
    flags: bundleFlags,
    message: plainMessage,
    properties: propertiesBehind,
  },
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

/** The name of a bundle error; undefined for experimenter errors of another kind. */
export function bundleErrorName(cause: ErrorCause): keyof typeof bundleError | undefined {
  if (cause.type !== 'experimenter' || cause.experimenter !== onfExperimenter) return undefined;
  const found = Object.entries(bundleError).find(([, type]) => type === cause.experimenterType);
  return found?.[0] as keyof typeof bundleError | undefined;
}

function sameXid(bundled: Readonly<Record<string, unknown>>): Complaint | undefined {
  const inner = asRecord(bundled['message'], 0)['xid'];
  if (inner === bundled['xid']) return undefined;
  const detail = `must be that of the bundle message, ${show(bundled['xid'])}, not ${show(inner)}`;
  return { field: 'message.xid', detail };
}
