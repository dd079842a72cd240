/**
 * One line of the journal: `{"crc":"<8 hex>","record":{"seq":N,"writes":[[key,value],...]}}`.
 * The CRC-32 (IEEE 802.3) is over the bytes of the record's text. All writes of a line take effect
 * together: a torn line is none of them.
 */
import { z } from 'zod';

export const MAX_KEY_LENGTH = 128;

const journalRecord = z.strictObject({
  seq: z.int().min(1),
  /** Null removes the key. */
  writes: z.array(z.tuple([z.string().min(1).max(MAX_KEY_LENGTH), z.json()])).min(1),
});
export type JournalRecord = z.infer<typeof journalRecord>;
export type JournalValue = JournalRecord['writes'][number][1];
export type JournalWrite = readonly [key: string, value: JournalValue];

const PREFIX = '{"crc":"';
const MIDDLE = '","record":';
const RECORD_START = PREFIX.length + 8 + MIDDLE.length;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  return value;
});

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

function hexCrc(text: string): string {
  return crc32(Buffer.from(text)).toString(16).padStart(8, '0');
}

export function encodeRecord(seq: number, writes: readonly JournalWrite[]): string {
  const text = JSON.stringify({ seq, writes });
  return `${PREFIX}${hexCrc(text)}${MIDDLE}${text}}\n`;
}

/** The record of one line (without its newline), or undefined if the line is not whole. */
export function decodeRecord(line: string): JournalRecord | undefined {
  if (!line.startsWith(PREFIX) || !line.endsWith('}')) return undefined;
  if (line.slice(RECORD_START - MIDDLE.length, RECORD_START) !== MIDDLE) return undefined;
  const text = line.slice(RECORD_START, -1);
  if (line.slice(PREFIX.length, PREFIX.length + 8) !== hexCrc(text)) return undefined;
  try {
    return journalRecord.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
