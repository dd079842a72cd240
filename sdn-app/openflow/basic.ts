import { defineMessage, openflow13 } from './message.js';
import { u32, type ValueOf } from './kinds.js';
import { list, restBytes, single } from './sequence.js';
import { tlvUnion, variant } from './union.js';

/** What a hello says beside its version byte (section 7.5.1). */
export const helloElement = tlvUnion(
  'type',
  { unit: 8, lengthCountsPadding: false },
  {
    /** Version `v` is supported when bit `v % 32` of word `v / 32` is set. */
    versionBitmap: variant(1, '7.5.1', { bitmaps: list(single(u32)) }),
  },
);
export type HelloElement = ValueOf<typeof helloElement>;

export const hello = defineMessage(
  'hello',
  { code: 0, section: '7.5.1', anyVersion: true },
  { elements: list(helloElement) },
);
export type Hello = ValueOf<typeof hello>;

/**
 * The hello to open with: the versions (1 to 31) in the bitmap, the highest in the header.
 * Without argument, OpenFlow 1.3 alone.
 */
export function helloFor(versions: readonly number[] = [openflow13]): Hello {
  const bitmap = [...new Set(versions)].reduce((bits, version) => bits + 2 ** version, 0);
  return hello({
    version: Math.max(...versions),
    elements: [helloElement.make.versionBitmap({ bitmaps: [bitmap] })],
  });
}

/**
 * Whether the sender of a hello speaks a version: by its bitmap if it sent one; otherwise it
 * speaks the header's version and, as section 6.3.1 has it, is assumed to speak those below.
 */
export function speaks(message: Hello, version: number): boolean {
  for (const element of message.elements) {
    if (element.type !== 'versionBitmap') continue;
    const word = element.bitmaps[Math.floor(version / 32)] ?? 0;
    return Math.floor(word / 2 ** (version % 32)) % 2 === 1;
  }
  return version <= message.version;
}

export const echoRequest = defineMessage(
  'echoRequest',
  { code: 2, section: '7.5.2' },
  { data: restBytes },
);
export type EchoRequest = ValueOf<typeof echoRequest>;

export const echoReply = defineMessage(
  'echoReply',
  { code: 3, section: '7.5.3' },
  { data: restBytes },
);
export type EchoReply = ValueOf<typeof echoReply>;

/** A message of an extension that is not declared here: kept as bytes. */
export const experimenter = defineMessage(
  'experimenter',
  { code: 4, section: '7.5.4' },
  { experimenter: u32, experimenterType: u32, data: restBytes },
);
export type Experimenter = ValueOf<typeof experimenter>;

export const barrierRequest = defineMessage('barrierRequest', { code: 20, section: '7.3.8' }, {});
export type BarrierRequest = ValueOf<typeof barrierRequest>;

export const barrierReply = defineMessage('barrierReply', { code: 21, section: '7.3.8' }, {});
export type BarrierReply = ValueOf<typeof barrierReply>;
