/** Cuts text into numbered lines; one that is too long is left out, not kept in memory. */
import { StringDecoder } from 'node:string_decoder';

export interface Line {
  /** The first is 1. */
  readonly number: number;
  /** Undefined when it is too long. */
  readonly text: string | undefined;
}

export class LineReader {
  readonly #decoder = new StringDecoder('utf8');
  #held = '';
  #number = 1;
  #isTooLong = false;

  constructor(private readonly maxChars: number) {}

  push(chunk: Buffer): Line[] {
    const texts = (this.#held + this.#decoder.write(chunk)).split('\n');
    this.#held = texts.pop() ?? '';
    const lines = texts.map((text) => this.#endLine(text));
    if (this.#held.length > this.maxChars) {
      this.#isTooLong = true;
      this.#held = '';
    }
    return lines;
  }

  /** The last line, when no line break ends it. */
  end(): Line[] {
    this.#held += this.#decoder.end();
    return this.#held === '' && !this.#isTooLong ? [] : [this.#endLine(this.#held)];
  }

  #endLine(text: string): Line {
    const isTooLong = this.#isTooLong || text.length > this.maxChars;
    this.#isTooLong = false;
    const number = this.#number;
    this.#number += 1;
    return { number, text: isTooLong ? undefined : text };
  }
}
