import t from 'tap';
import {
  action,
  actionId,
  bucket,
  decode,
  encode,
  errorCause,
  flowStats,
  groupDescription,
  groupStats,
  helloElement,
  instruction,
  instructionId,
  type Message,
  messages,
  meterBand,
  meterConfig,
  meterStats,
  multipartReplyBody,
  multipartRequestBody,
  packetQueue,
  portDescription,
  portStats,
  queueProperty,
  queueStats,
  tableFeatures,
  tableProperty,
  tableStats,
  WireError,
} from '../../../sdn-app/openflow/index.js';
import { basicFields } from '../../../sdn-app/openflow/oxm-basic.js';
import type { Shape } from '../../../sdn-app/openflow/shape.js';
import type { Variant } from '../../../sdn-app/openflow/union.js';
import { membersIn, membersOf } from './members.js';
import { cutTo, isPlaced, outcomeOf } from './outcome.js';
import { vectors } from './vectors.js';

t.test('each vector decodes as it says and encodes to the same bytes', (t) => {
  for (const { name, frame, expected } of vectors) {
    const message = decode(frame);
    t.strictSame(message, expected, name);
    t.equal(encode(message).toString('hex'), frame.toString('hex'), name);
    t.equal(encode(expected as Message).toString('hex'), frame.toString('hex'), name);
  }
  t.end();
});

t.test('each declaration cites its section', (t) => {
  const cited = /^(7(\.\d+)+|EXT-230)$/;
  for (const { type, section } of messages) t.match(section, cited, type);
  const unions = {
    ...{ action, actionId, errorCause, helloElement, instruction, instructionId, meterBand },
    ...{ multipartReplyBody, multipartRequestBody, queueProperty, tableProperty },
  };
  for (const [union, { variants }] of Object.entries(unions)) {
    for (const [name, { section }] of Object.entries<Variant>(variants)) {
      t.match(section, cited, `${union} ${name}`);
    }
  }
  const structs = {
    ...{ bucket, flowStats, groupDescription, groupStats, meterConfig, meterStats, packetQueue },
    ...{ portDescription, portStats, queueStats, tableFeatures, tableStats },
  };
  for (const [name, { section }] of Object.entries(structs)) t.match(section, cited, name);
  t.end();
});

t.test('each member of each union is in a vector, and each field of 1.3.5', (t) => {
  const members = new Map(messages.map(({ type, shape }) => [type, shape]));
  const any: Shape = { is: 'union', key: 'type', members, unit: 1 };
  const declared = membersOf(any);
  const seen = new Set<string>();
  for (const { expected } of vectors) membersIn(any, expected, seen);
  // Extension fields are tried against Open vSwitch, causes of errors in a table of their own; ids
  // are all alike.
  const isElsewhere = (member: string): boolean => {
    const name = /^\w+=(\w+)/.exec(member)?.[1] ?? '';
    return (
      member.endsWith('(data)') ||
      member.endsWith('(hasMask,length)') ||
      (member.startsWith('field=') && !Object.hasOwn(basicFields, name)) ||
      Object.hasOwn(errorCause.variants, name)
    );
  };
  t.strictSame(
    [...declared].filter((member) => !seen.has(member) && !isElsewhere(member)),
    [],
  );
  t.end();
});

t.test('a frame that ends early is refused at its length field', (t) => {
  for (const { name, frame } of vectors) {
    for (let size = 0; size < frame.length; size += 1) {
      const outcome = outcomeOf(frame.subarray(0, size));
      if (!(outcome instanceof WireError) || !isPlaced(outcome, size)) {
        t.fail(`${name} cut to ${size} bytes`);
      }
    }
    const longer = outcomeOf(Buffer.concat([frame, Buffer.alloc(1)]));
    t.match(longer, { code: 'WIRE_BAD_LENGTH', field: 'length' }, `${name} and a byte too many`);
  }
  t.end();
});

t.test(
  'a message that ends early at any byte: a placed error, or a shorter valid message',
  { timeout: 240_000 },
  (t) => {
    for (const { name, frame } of vectors) {
      for (let size = 8; size < frame.length; size += 1) {
        const cut = cutTo(frame, size);
        const outcome = outcomeOf(cut);
        const isGood =
          outcome instanceof WireError
            ? isPlaced(outcome, size) && outcome.messageType !== 'header'
            : encode(outcome).equals(cut);
        if (!isGood) t.fail(`${name} cut to ${size} bytes`, { outcome });
      }
    }
    t.end();
  },
);

t.test(
  'any 16 bits, length fields among them, set to anything: a placed error or a message',
  { timeout: 240_000 },
  (t) => {
    const values = [0, 1, 4, 7, 8, 0x8000, 0xfff8, 0xffff];
    let refused = 0;
    for (const { name, frame } of vectors) {
      for (let at = 0; at + 2 <= frame.length; at += 1) {
        for (const value of [...values, frame.readUInt16BE(at) + 1, frame.readUInt16BE(at) - 1]) {
          const corrupt = Buffer.from(frame);
          corrupt.writeUInt16BE(value & 0xffff, at);
          const outcome = outcomeOf(corrupt);
          if (!(outcome instanceof WireError)) {
            // Padding may have been corrupted, so only what is decoded must round-trip.
            const again = decode(encode(outcome));
            if (!encode(again).equals(encode(outcome))) t.fail(`${name} with ${value} at ${at}`);
            continue;
          }
          refused += 1;
          if (!isPlaced(outcome, frame.length)) t.fail(`${name} with ${value} at ${at}`);
        }
      }
    }
    t.ok(refused > 10_000, `${refused} corrupt frames were refused`);
    t.end();
  },
);
