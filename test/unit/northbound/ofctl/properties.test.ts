/** Laws of the translation, on made-up bodies. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { FerryError } from '../../../../sdn-app/contract/errors.js';
import { decode, encode, flowMod } from '../../../../sdn-app/openflow/index.js';
import { readBody } from '../../../../sdn-app/northbound/ofctl/body.js';
import { COMMANDS } from '../../../../sdn-app/northbound/ofctl/commands.js';
import { FIELDS, type FieldName } from '../../../../sdn-app/northbound/ofctl/fields.js';
import { flowBody, flowCommand } from '../../../../sdn-app/northbound/ofctl/flow.js';
import { toJsonText } from '../../../../sdn-app/northbound/ofctl/json-text.js';
import { readLiteral } from '../../../../sdn-app/northbound/ofctl/literal.js';
import { matchBody, showMatch } from '../../../../sdn-app/northbound/ofctl/match.js';
import type { Session } from '../../../../sdn-app/northbound/ofctl/statistic.js';
import { cookiesOfOthers } from '../../../../sdn-app/northbound/owned-entries.js';
import { OWNED_FLOWS } from '../../../../sdn-app/steering/index.js';

const strict = { strict: true };
const runs = { numRuns: 300 };

const hex = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((array) => Buffer.from(array).toString('hex'));

/** As JSON.parse has it: a whole number beyond 2^53 is rounded. */
function rounded(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, rounded(each)]));
}

/** A value without mask, as a script might write it. */
function plain({ sort, bits }: FieldName): fc.Arbitrary<number | string> {
  switch (sort) {
    case 'mac':
      return hex(6).map((digits) => (digits.match(/../g) ?? []).join(':'));
    case 'ipv4':
      return fc.ipV4();
    case 'ipv6':
      return fc.ipV6();
    default: {
      const number = fc.bigInt(0n, (1n << BigInt(sort === 'vlan' ? 12 : bits)) - 1n);
      const written = [
        number.map((value) => `0x${value.toString(16)}`),
        number.map((value) => value.toString()),
        number.filter((value) => Number.isSafeInteger(Number(value))).map(Number),
      ];
      return fc.oneof(...written);
    }
  }
}

function value(field: FieldName): fc.Arbitrary<number | string> {
  const { sort, maskable } = field;
  if (!maskable) return plain(field);
  const masked = fc.tuple(plain(field), plain(field)).map((both) => both.join('/'));
  const prefixed = fc
    .tuple(plain(field), fc.integer({ min: 0, max: sort === 'ipv4' ? 32 : 128 }))
    .map((both) => both.join('/'));
  const isIp = sort === 'ipv4' || sort === 'ipv6';
  return fc.oneof(plain(field), masked, ...(isIp ? [prefixed] : []));
}

const TRANSPORT = /^(tcp|udp|sctp)_(src|dst)$/;

/** Under either name; transport ports only of the protocol that the match says. */
const userMatch = fc
  .record(
    Object.fromEntries(
      [...FIELDS].map(([key, field]) => [
        key,
        fc.tuple(value(field), fc.constantFrom(key, field.alias ?? key)),
      ]),
    ),
    { requiredKeys: [] },
  )
  .map((fields) => {
    const entries = Object.entries(fields).flatMap(([key, chosen]) =>
      chosen === undefined || TRANSPORT.test(key) ? [] : [[chosen[1], chosen[0]] as const],
    );
    return Object.fromEntries(entries);
  })
  .chain((match) =>
    fc.constantFrom('tcp', 'udp', 'sctp', undefined).chain((protocol) => {
      if (protocol === undefined) return fc.constant(match);
      const rest = Object.fromEntries(Object.entries(match).filter(([key]) => key !== 'nw_proto'));
      const ip_proto = { tcp: 6, udp: 17, sctp: 132 }[protocol];
      const port = fc.integer({ min: 0, max: 0xffff });
      return port.map((number) => ({ ...rest, ip_proto, [`${protocol}_src`]: number, tp_dst: 1 }));
    }),
  );

t.test('a match survives the wire, and what is shown of it is the same match', (t) => {
  fc.assert(
    fc.property(userMatch, (user) => {
      const match = matchBody.parse(user);
      const message = flowMod({ match, instructions: [] });
      assert.deepEqual(decode(encode(message)), message);
      const shown = readLiteral(toJsonText(showMatch(match)));
      assert.deepEqual(matchBody.parse(shown), match, toJsonText([user, shown]));
    }),
    runs,
  );
  t.end();
});

t.test('JSON is read as JSON.parse reads it', (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (json) => {
      const text = JSON.stringify(json);
      assert.deepEqual(rounded(readLiteral(text)), JSON.parse(text));
    }),
    runs,
  );
  t.end();
});

t.test('64-bit numbers keep every digit', (t) => {
  fc.assert(
    fc.property(fc.bigInt(0n, (1n << 64n) - 1n), (cookie) => {
      const body = readLiteral(toJsonText({ dpid: 1, cookie }));
      assert.equal(readBody(flowBody, { body, query: strict }).cookie, cookie);
      assert.equal(readLiteral(`0x${cookie.toString(16)}`), readLiteral(cookie.toString()));
    }),
    runs,
  );
  t.end();
});

t.test('whatever the text, only a coded error comes out', (t) => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '(',
    "'",
    '"',
    ':',
    ',',
    '\\',
    '0x',
    '1',
    'None',
    'e',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(text, (garbage) => {
      try {
        readLiteral(garbage);
      } catch (error) {
        assert.ok(error instanceof FerryError, garbage);
      }
    }),
    { numRuns: 500 },
  );
  t.end();
});

t.test('whatever the body, only a coded error or a message that can be sent comes out', (t) => {
  const keys = [
    'dpid',
    'match',
    'actions',
    'type',
    'bands',
    'buckets',
    'port_no',
    'hw_addr',
    'flags',
  ];
  const leaf = fc.oneof(
    fc.integer(),
    fc.bigInt(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom(
      'OUTPUT',
      'SET_FIELD',
      'DROP',
      'ALL',
      'eth_src',
      '0x10',
      '1/2',
      '',
      'WRITE_ACTIONS',
    ),
    fc.string(),
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(...keys, 'field', 'value', 'port', 'in_port', 'rate'),
        tie('tree'),
      ),
    ),
  }));
  const body = fc.dictionary(fc.constantFrom(...keys), tree);
  fc.assert(
    fc.property(fc.constantFrom(...COMMANDS), body, fc.boolean(), (command, given, isStrict) => {
      try {
        const read = readBody(command.body, {
          body: { dpid: 1, ...given },
          query: { strict: isStrict },
        });
        const session = { ports: [] } as unknown as Session;
        for (const message of command.messages(read, session)) encode(message);
      } catch (error) {
        assert.ok(error instanceof FerryError, String(error));
      }
    }),
    { numRuns: 500 },
  );
  t.end();
});

t.test('a modified flow entry goes out as it was shown', (t) => {
  fc.assert(
    fc.property(userMatch, fc.integer({ min: 0, max: 0xffff }), (match, priority) => {
      const body = readBody(flowBody, { body: { dpid: 1, match, priority }, query: strict });
      const mod = flowCommand(body, 'modifyStrict');
      assert.equal(mod.priority, priority);
      assert.deepEqual(mod.match, matchBody.parse(match));
    }),
    { numRuns: 50 },
  );
  t.end();
});

t.test('a cookie is in one of the ranges to clear, or it is owned', (t) => {
  const other = { cookie: OWNED_FLOWS.cookie ^ (1n << 40n), cookieMask: OWNED_FLOWS.cookieMask };
  const owned = [OWNED_FLOWS, other];
  const inside = (cookie: bigint) => (range: { cookie: bigint; cookieMask: bigint }) =>
    (cookie & range.cookieMask) === range.cookie;
  const ranges = cookiesOfOthers(owned);
  const near = fc.bigInt(0n, 0xffff_ffffn).map((low) => OWNED_FLOWS.cookie | low);
  const cookies = fc.oneof(
    fc.bigInt(0n, (1n << 64n) - 1n),
    near,
    fc
      .tuple(near, fc.integer({ min: 0, max: 63 }))
      .map(([cookie, bit]) => cookie ^ (1n << BigInt(bit))),
  );
  fc.assert(
    fc.property(cookies, (cookie) => {
      const isOwned = owned.some(inside(cookie));
      assert.equal(ranges.filter(inside(cookie)).length, isOwned ? 0 : 1, cookie.toString(16));
    }),
    { numRuns: 500 },
  );
  t.end();
});
