/** Splits a byte stream into lines, none longer than a bound. */

/** Longest line of the control protocol, without its newline. */
export const MAX_LINE_BYTES = 1_048_576;

const NEWLINE = 0x0a;

export class LineSplitter {
  #parts: Buffer[] = [];
  #length = 0;

  /** The lines that `chunk` completes. Throws RangeError when a line exceeds MAX_LINE_BYTES. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      lines.push(Buffer.concat(this.#parts).toString('utf8'));
      this.#parts = [];
      this.#length = 0;
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > MAX_LINE_BYTES) {
      throw new RangeError(`a line exceeds ${MAX_LINE_BYTES} bytes`);
    }
    if (part.length > 0) this.#parts.push(part);
  }
}
