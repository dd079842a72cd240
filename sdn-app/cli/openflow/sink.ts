/** Where results go: waits until a slow reader has taken them, and notices one that has gone. */
export class Sink {
  #isClosed = false;
  #failure: Error | undefined;

  constructor(private readonly stream: NodeJS.WritableStream) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#isClosed = true;
      if (error.code !== 'EPIPE') this.#failure = error;
    });
  }

  /** True when nobody reads any more: `| head` has seen enough, which is no error. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Rejects when the data could not be written, as to a full disk. */
  async write(data: string | Uint8Array): Promise<void> {
    if (data.length > 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.stream.write(data, () => resolve());
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}
