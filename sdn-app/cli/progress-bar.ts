/** A one-line progress bar for a terminal. */
const WIDTH = 30;

export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** `done` from 0 to 1; what lies outside is drawn as the nearest end. */
  draw(done: number, text: string): void {
    this.#stream.write(`\r\u001b[K${barText(done)} ${text}`);
  }

  clear(): void {
    this.#stream.write('\r\u001b[K');
  }
}

export function barText(done: number): string {
  const bounded = Math.min(1, Math.max(0, done));
  const filled = Math.round(bounded * WIDTH);
  const percent = `${Math.floor(bounded * 100)}`.padStart(3);
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${percent}%`;
}
