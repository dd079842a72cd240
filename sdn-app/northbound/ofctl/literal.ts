/**
 * Bodies of old scripts: JSON, or the Python literal that `str(dict)` prints (single quotes, True,
 * False, None, hexadecimal numbers, a comma after the last member). Whole numbers that a double
 * cannot hold become bigint, so that a 64-bit cookie stays what it was.
 */
import { FerryError } from '../../contract/errors.js';

/** Deeper nesting than any body of ofctl_rest needs. */
const MAX_DEPTH = 16;

const CONSTANTS = new Map<string, boolean | null>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['null', null],
  ['None', null],
]);

const ESCAPES = new Map(Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }));

const SPACE = /[ \t\r\n]*/y;
const WORD = /[A-Za-z]+/y;
const NUMBER =
  /-?(?:0[xX][0-9a-fA-F]{1,32}|0[bB][01]{1,128}|0[oO][0-7]{1,64}|\d{1,64}(\.\d{1,64})?([eE][+-]?\d{1,4})?)/y;
/** Up to the next quote, backslash or end of line. */
const PLAIN = { '"': /[^"\\\n\r]*/y, "'": /[^'\\\n\r]*/y } as const;

/** The value that a text holds. Throws REQUEST_INVALID with the offset of what is wrong. */
export function readLiteral(text: string): unknown {
  return new Literal(text).whole();
}

class Literal {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): unknown {
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail('nothing more');
    return value;
  }

  #value(depth: number): unknown {
    if (depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} levels`);
    this.#skipSpace();
    const first = this.#text[this.#at];
    switch (first) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#list(depth, ']');
      case '(':
        return this.#list(depth, ')');
      case '"':
      case "'":
        return this.#string(first);
      default:
        return this.#number() ?? this.#constant();
    }
  }

  #object(depth: number): Record<string, unknown> {
    const members = new Map<string, unknown>();
    this.#members('}', () => {
      const quote = this.#text[this.#at];
      if (quote !== '"' && quote !== "'") this.#fail('a key in quotes');
      const key = this.#string(quote === "'" ? "'" : '"');
      if (members.has(key)) this.#fail(`each key once, not ${key.slice(0, 64)} twice`);
      this.#skipSpace();
      this.#expect(':');
      members.set(key, this.#value(depth + 1));
    });
    // Defines each key, `__proto__` too, as a property of its own.
    return Object.fromEntries(members);
  }

  #list(depth: number, end: ']' | ')'): unknown[] {
    const values: unknown[] = [];
    this.#members(end, () => values.push(this.#value(depth + 1)));
    return values;
  }

  /** What stands between brackets, with commas between; the opening one is still to come. */
  #members(end: string, member: () => void): void {
    this.#at += 1;
    for (;;) {
      this.#skipSpace();
      if (this.#text[this.#at] === end) break;
      member();
      this.#skipSpace();
      if (this.#text[this.#at] !== ',') break;
      this.#at += 1;
    }
    this.#expect(end);
  }

  #string(quote: '"' | "'"): string {
    let value = '';
    this.#at += 1;
    for (;;) {
      value += this.#take(PLAIN[quote]) ?? '';
      const next = this.#text[this.#at];
      if (next === '\\') value += this.#escape();
      else break;
    }
    this.#expect(quote);
    return value;
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? this.#fail('a character after the backslash');
    const digits = { u: 4, x: 2 }[letter];
    if (digits === undefined) {
      this.#at += 2;
      return ESCAPES.get(letter) ?? letter;
    }
    const code = this.#text.slice(this.#at + 2, this.#at + 2 + digits);
    if (code.length !== digits || !/^[0-9a-fA-F]+$/.test(code)) {
      this.#fail(`${digits} hexadecimal digits in an escape`);
    }
    this.#at += 2 + digits;
    return String.fromCharCode(Number.parseInt(code, 16));
  }

  #number(): number | bigint | undefined {
    const text = this.#take(NUMBER);
    if (text === undefined || text === '') return undefined;
    if (/^-?\d+[.eE]/.test(text)) return Number(text);
    const negative = text.startsWith('-');
    const size = BigInt(negative ? text.slice(1) : text);
    const value = negative ? -size : size;
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  #constant(): boolean | null {
    const at = this.#at;
    const constant = CONSTANTS.get(this.#take(WORD) ?? '');
    if (constant !== undefined) return constant;
    this.#at = at;
    return this.#fail('a value: object, list, text, number, true, false or null');
  }

  #skipSpace(): void {
    this.#take(SPACE);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) this.#fail(character);
    this.#at += 1;
  }

  #fail(expected: string): never {
    const found = this.#at < this.#text.length ? this.#text.slice(this.#at, this.#at + 20) : 'end';
    throw new FerryError(
      'REQUEST_INVALID',
      `body: expected ${expected} at character ${this.#at}, found ${JSON.stringify(found)}`,
    );
  }
}
