// Cuts a byte stream into lines of bounded length.
import { StringDecoder } from 'node:string_decoder';

/** push() returns the lines that are whole; a longer one than `maxChars` throws LINE_TOO_LONG. */
export class LineSplitter {
  readonly #maxChars: number;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  push(chunk: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > this.#maxChars || lines.some((line) => line.length > this.#maxChars)) {
      throw Object.assign(
        new Error(`A line is over ${this.#maxChars} characters: send shorter ones.`),
        { code: 'LINE_TOO_LONG' },
      );
    }
    return lines.filter((line) => line.trim() !== '');
  }
}
