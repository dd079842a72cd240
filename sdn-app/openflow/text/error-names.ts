// OFPT_ERROR by the names that Open vSwitch gives types and codes: `OFPGMFC_GROUP_EXISTS`.
import { bundleError } from '../bundle.js';
import type { ErrorCause } from '../errors.js';
import { hex, snake } from './numbers.js';

const prefixes: Readonly<Record<string, string>> = {
  helloFailed: 'OFPHFC',
  badRequest: 'OFPBRC',
  badAction: 'OFPBAC',
  badInstruction: 'OFPBIC',
  badMatch: 'OFPBMC',
  flowModFailed: 'OFPFMFC',
  groupModFailed: 'OFPGMFC',
  portModFailed: 'OFPPMFC',
  tableModFailed: 'OFPTMFC',
  queueOpFailed: 'OFPQOFC',
  switchConfigFailed: 'OFPSCFC',
  roleRequestFailed: 'OFPRRFC',
  meterModFailed: 'OFPMMFC',
  tableFeaturesFailed: 'OFPTFFC',
};

/** Codes whose name is not the declared one in capitals, of any type or of one. */
const exceptions: Readonly<Record<string, string>> = {
  permission: 'EPERM',
  badLength: 'BAD_LEN',
  badSetLength: 'BAD_SET_LEN',
  badMultipart: 'BAD_STAT',
  isSlave: 'IS_SECONDARY',
  unknownInstruction: 'UNKNOWN_INST',
  unsupportedInstruction: 'UNSUP_INST',
  unsupportedMetadata: 'UNSUP_METADATA',
  unsupportedMetadataMask: 'UNSUP_METADATA_MASK',
  badDatalinkAddressMask: 'BAD_DL_ADDR_MASK',
  badNetworkAddressMask: 'BAD_NW_ADDR_MASK',
  badHardwareAddress: 'BAD_HW_ADDR',
  badPrerequisite: 'BAD_PREREQ',
  duplicateField: 'DUP_FIELD',
  unsupported: 'UNSUP',
  'badRequest.badExperimenter': 'BAD_VENDOR',
  'badRequest.badExperimenterType': 'BAD_SUBTYPE',
  'badAction.badExperimenter': 'BAD_VENDOR',
  'badAction.badExperimenterType': 'BAD_VENDOR_TYPE',
  'badInstruction.badExperimenterType': 'BAD_EXP_TYPE',
  'bundle.permission': 'EPERM',
  'bundle.bundleExists': 'BUNDLE_EXIST',
  'bundle.messageBadLength': 'MSG_BAD_LEN',
  'bundle.messageBadXid': 'MSG_BAD_XID',
  'bundle.messageUnsupported': 'MSG_UNSUP',
  'bundle.messageConflict': 'MSG_CONFLICT',
  'bundle.messageTooMany': 'MSG_TOO_MANY',
  'bundle.messageFailed': 'MSG_FAILED',
};

function codeName(type: string, code: string): string {
  return exceptions[`${type}.${code}`] ?? exceptions[code] ?? snake(code).toUpperCase();
}

const bundleCodes = new Map<number, string>(
  Object.entries(bundleError).map(([name, code]) => [code, codeName('bundle', name)]),
);

export function errorName(cause: ErrorCause): string {
  if (cause.type === 'unknown') return `type=${cause.code} code=${cause.errorCode}`;
  if (cause.type === 'experimenter') {
    const { experimenter, experimenterType } = cause;
    const name = bundleCodes.get(experimenterType);
    if (name !== undefined) return `OFPBFC_${name}`;
    return `experimenter=${hex(experimenter, 8)} type=${experimenterType}`;
  }
  const prefix = prefixes[cause.type] ?? snake(cause.type).toUpperCase();
  return typeof cause.code === 'number'
    ? `${prefix}_${cause.code}`
    : `${prefix}_${codeName(cause.type, cause.code)}`;
}
