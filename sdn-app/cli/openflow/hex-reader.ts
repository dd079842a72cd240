/**
 * Hexadecimal text to bytes: plain digits, with or without spaces, and what hexdump -C, xxd, od,
 * tcpdump, tshark and Open vSwitch print, in which lines begin with an offset.
 */
import type { Fault } from './fault.js';
import { isFirstOfDump, isOffset, readDumpLine } from './hex-dump-line.js';

/** Bytes; or a gap, after which something new begins; or what is not hexadecimal. */
export type HexItem =
  | { readonly sort: 'bytes'; readonly bytes: Buffer; readonly startsLine: boolean }
  | { readonly sort: 'gap' }
  | { readonly sort: 'fault'; readonly fault: Fault };

/** A plain line longer than this is taken in pieces. */
const pieceChars = 0x2_0000;
const separators = /[\s,:-]+/;
const lastSeparator = /[\s,:-](?=[^\s,:-]*$)/;

export class HexReader {
  #held = '';
  #line = 1;
  #startsLine = true;
  #inComment = false;
  #isDump: boolean | undefined;
  #dumpBytes = 0;
  /** After a line that could not be read: the offsets behind it are those of a broken dump. */
  #isDumpBroken = false;

  push(text: string): HexItem[] {
    const items: HexItem[] = [];
    const lines = (this.#held + text).split('\n');
    this.#held = lines.pop() ?? '';
    for (const line of lines) this.#endLine(line, items);
    while (this.#held.length > pieceChars) this.#takePiece(items);
    return items;
  }

  end(): HexItem[] {
    const items: HexItem[] = [];
    if (this.#held !== '') this.#endLine(this.#held, items);
    return items;
  }

  #endLine(line: string, items: HexItem[]): void {
    if (this.#startsLine && line.trim() === '') {
      // The offsets of a dump say what belongs together; in plain text empty lines do.
      if (this.#isDump !== true) items.push({ sort: 'gap' });
    } else {
      this.#read(line, items);
    }
    this.#line += 1;
    this.#startsLine = true;
    this.#inComment = false;
  }

  /** Reads the beginning of a line whose end has not arrived, up to where it can be cut. */
  #takePiece(items: HexItem[]): void {
    const head = this.#held.slice(0, pieceChars);
    const at = head.search(lastSeparator);
    const cut = at === -1 ? pieceChars : at + 1;
    this.#held = this.#held.slice(cut);
    this.#read(head.slice(0, cut), items);
    this.#startsLine = false;
  }

  #read(text: string, items: HexItem[]): void {
    if (this.#inComment) return;
    const hash = text.indexOf('#');
    this.#inComment = hash !== -1 && !this.#isInsideDump(text, hash);
    const content = (this.#inComment ? text.slice(0, hash) : text).trim();
    if (content === '') return;
    this.#isDump ??= isFirstOfDump(content);
    if (this.#isDump) this.#readDumpLine(content, items);
    else this.#readPlain(content, items);
  }

  /** In a dump only a whole line is a comment: `#` may stand in the text beside the bytes. */
  #isInsideDump(text: string, hash: number): boolean {
    return (this.#isDump ?? isFirstOfDump(text.trim())) && text.slice(0, hash).trim() !== '';
  }

  #readPlain(content: string, items: HexItem[]): void {
    const digits: string[] = [];
    for (const token of content.split(separators)) {
      const pairs = /^0x/i.test(token) ? token.slice(2) : token;
      if (pairs.length % 2 !== 0 || /[^0-9a-f]/i.test(pairs)) {
        this.#refuse(`${shown(token)} is not pairs of hexadecimal digits`, items);
        return;
      }
      digits.push(pairs);
    }
    this.#take(Buffer.from(digits.join(''), 'hex'), this.#startsLine, items);
  }

  #readDumpLine(content: string, items: HexItem[]): void {
    const line = readDumpLine(content);
    if (isFirstOfDump(content) && (this.#isDumpBroken || this.#dumpBytes > 0)) {
      items.push({ sort: 'gap' });
      this.#isDumpBroken = false;
      this.#dumpBytes = 0;
    }
    if (this.#isDumpBroken) return;
    const complaint =
      content === '*'
        ? 'repeated lines are left out; use hexdump -v or od -v'
        : line === undefined
          ? `${shown(content)} is not an offset and bytes`
          : isOffset(line.offset, this.#dumpBytes)
            ? undefined
            : `the offset is ${line.offset}, but ${this.#dumpBytes} bytes precede it`;
    if (complaint !== undefined) {
      this.#isDumpBroken = true;
      this.#refuse(complaint, items);
    } else if (line !== undefined) {
      this.#dumpBytes += line.bytes.length;
      this.#take(line.bytes, false, items);
    }
  }

  #take(bytes: Buffer, startsLine: boolean, items: HexItem[]): void {
    if (bytes.length > 0) items.push({ sort: 'bytes', bytes, startsLine });
  }

  #refuse(detail: string, items: HexItem[]): void {
    const message = `line ${this.#line}: ${detail}`;
    items.push({ sort: 'fault', fault: { code: 'HEX_INVALID', message, line: this.#line } });
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}
