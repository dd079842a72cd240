import { defineMessage } from './message.js';
import { openEnumeration, u16, u32, type ValueOf } from './kinds.js';
import { tagOf } from './fields.js';
import { restBytes } from './sequence.js';
import { taggedUnion, variant } from './union.js';

const section = '7.4.4';

/** A code without a name stays a number. */
function codes<const N extends string>(...names: readonly N[]) {
  const values = Object.fromEntries(names.map((name, code) => [name, code])) as Record<N, number>;
  return { code: openEnumeration(u16, values) };
}

const causes = {
  helloFailed: variant(0, section, codes('incompatible', 'permission')),
  badRequest: variant(
    1,
    section,
    codes(
      'badVersion',
      'badType',
      'badMultipart',
      'badExperimenter',
      'badExperimenterType',
      'permission',
      'badLength',
      'bufferEmpty',
      'bufferUnknown',
      'badTableId',
      'isSlave',
      'badPort',
      'badPacket',
      'multipartBufferOverflow',
    ),
  ),
  badAction: variant(
    2,
    section,
    codes(
      'badType',
      'badLength',
      'badExperimenter',
      'badExperimenterType',
      'badOutPort',
      'badArgument',
      'permission',
      'tooMany',
      'badQueue',
      'badOutGroup',
      'matchInconsistent',
      'unsupportedOrder',
      'badTag',
      'badSetType',
      'badSetLength',
      'badSetArgument',
    ),
  ),
  badInstruction: variant(
    3,
    section,
    codes(
      'unknownInstruction',
      'unsupportedInstruction',
      'badTableId',
      'unsupportedMetadata',
      'unsupportedMetadataMask',
      'badExperimenter',
      'badExperimenterType',
      'badLength',
      'permission',
    ),
  ),
  badMatch: variant(
    4,
    section,
    codes(
      'badType',
      'badLength',
      'badTag',
      'badDatalinkAddressMask',
      'badNetworkAddressMask',
      'badWildcards',
      'badField',
      'badValue',
      'badMask',
      'badPrerequisite',
      'duplicateField',
      'permission',
    ),
  ),
  flowModFailed: variant(
    5,
    section,
    codes(
      'unknown',
      'tableFull',
      'badTableId',
      'overlap',
      'permission',
      'badTimeout',
      'badCommand',
      'badFlags',
    ),
  ),
  groupModFailed: variant(
    6,
    section,
    codes(
      'groupExists',
      'invalidGroup',
      'weightUnsupported',
      'outOfGroups',
      'outOfBuckets',
      'chainingUnsupported',
      'watchUnsupported',
      'loop',
      'unknownGroup',
      'chainedGroup',
      'badType',
      'badCommand',
      'badBucket',
      'badWatch',
      'permission',
    ),
  ),
  portModFailed: variant(
    7,
    section,
    codes('badPort', 'badHardwareAddress', 'badConfig', 'badAdvertise', 'permission'),
  ),
  tableModFailed: variant(8, section, codes('badTable', 'badConfig', 'permission')),
  queueOpFailed: variant(9, section, codes('badPort', 'badQueue', 'permission')),
  switchConfigFailed: variant(10, section, codes('badFlags', 'badLength', 'permission')),
  roleRequestFailed: variant(11, section, codes('stale', 'unsupported', 'badRole')),
  meterModFailed: variant(
    12,
    section,
    codes(
      'unknown',
      'meterExists',
      'invalidMeter',
      'unknownMeter',
      'badCommand',
      'badFlags',
      'badRate',
      'badBurst',
      'badBand',
      'badBandValue',
      'outOfMeters',
      'outOfBands',
    ),
  ),
  tableFeaturesFailed: variant(
    13,
    section,
    codes('badTable', 'badMetadata', 'badType', 'badLength', 'badArgument', 'permission'),
  ),
  experimenter: variant(0xffff, section, { experimenterType: u16, experimenter: u32 }),
};

/**
 * What went wrong (section 7.4.4): the type and, within it, the code. Of a type that the
 * specification does not know, `code` is the type and `errorCode` the code.
 */
export const errorCause = taggedUnion('type', causes, { errorCode: u16 });
export type ErrorCause = ValueOf<typeof errorCause>;

export const error = defineMessage(
  'error',
  { code: 1, section, anyVersion: true },
  {
    _type: tagOf('error'),
    error: errorCause,
    /** The request that failed, or its beginning; for helloFailed, a text. */
    data: restBytes,
  },
);
export type ErrorMessage = ValueOf<typeof error>;
