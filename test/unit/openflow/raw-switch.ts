import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import {
  barrierRequest,
  decode,
  encode,
  Framer,
  hello,
  type Message,
  withXid,
} from '../../../sdn-app/openflow/index.js';

const PATIENCE_MS = 30_000;

/** A frame as it came, and what it was taken for. */
export interface Heard {
  readonly frame: Buffer;
  readonly message: Message;
}

/** The controller's end of one connection, with nothing between the test and the frames. */
export class RawSwitch {
  readonly heard: Heard[] = [];
  readonly #framer = new Framer();
  #xid = 1000;
  #wake: () => void = () => undefined;
  #failure: Error | undefined;

  private constructor(
    private readonly server: Server,
    private readonly socket: Socket,
  ) {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => this.#receive(chunk));
    this.#send(hello());
  }

  /** Waits for a switch; `attach` gets the TCP port to tell it about. */
  static async listen(attach: (port: number) => Promise<void>): Promise<RawSwitch> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const connected = once(server, 'connection', { signal }) as Promise<[Socket]>;
    await attach((server.address() as AddressInfo).port);
    const [socket] = await connected;
    const peer = new RawSwitch(server, socket);
    await peer.until(({ type }) => type === 'hello');
    return peer;
  }

  /** Sends a message, and gives everything that answers it. */
  async ask(message: Message): Promise<Heard[]> {
    const xid = this.#send(message);
    const barrier = this.#send(barrierRequest());
    await this.until((heard) => heard.type === 'barrierReply' && heard.xid === barrier);
    return this.heard.filter((heard) => heard.message.xid === xid);
  }

  /** The first frame heard so far, or from now on, that is meant. */
  async until(isMeant: (message: Message) => boolean): Promise<Heard> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const found = this.heard.find(({ message }) => isMeant(message));
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error('the switch did not say what was awaited');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.socket.destroy();
    this.server.close();
  }

  #send(message: Message): number {
    this.#xid += 1;
    this.socket.write(encode(withXid(message, this.#xid)));
    return this.#xid;
  }

  #receive(chunk: Buffer): void {
    try {
      for (const view of this.#framer.push(chunk)) {
        const frame = Buffer.from(view);
        const message = decode(frame);
        this.heard.push({ frame, message });
        if (message.type === 'echoRequest') {
          this.socket.write(encode({ ...message, type: 'echoReply' }));
        }
      }
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    }
    this.#wake();
  }
}
