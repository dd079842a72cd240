/**
 * A scripted switch over a real socket. By itself it does what a switch with bundles does;
 * `intercept` sees every message first and, by returning true, takes its place.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import {
  Framer,
  barrierReply,
  bundleControl,
  bundleError,
  decode,
  echoReply,
  encode,
  error,
  errorCause,
  featuresReply,
  hello,
  helloFor,
  multipartReply,
  multipartReplyBody,
  onfExperimenter,
  portDescription,
  type BundleControl,
  type ErrorCause,
  type Hello,
  type Message,
  type PlainMessage,
} from '../../../sdn-app/openflow/index.js';

export interface FakeOptions {
  dpid?: bigint;
  hello?: Hello;
  auxiliaryId?: number;
  /** Writes one byte at a time. */
  bytewise?: boolean;
  tls?: ConnectionOptions;
}

const REPLIES = {
  openRequest: 'openReply',
  closeRequest: 'closeReply',
  commitRequest: 'commitReply',
  discardRequest: 'discardReply',
} as const satisfies Partial<Record<BundleControl['controlType'], BundleControl['controlType']>>;

export function fakePort(portNo: number, name: string, state: 'linkDown' | 'live' = 'live') {
  const hwAddr = `02:aa:00:00:00:0${portNo % 10}`;
  return portDescription.make({ portNo, hwAddr, name, config: [], state: [state] });
}

export const bundleCause = (name: keyof typeof bundleError): ErrorCause =>
  errorCause.make.experimenter({
    experimenter: onfExperimenter,
    experimenterType: bundleError[name],
  });

export class FakeSwitch {
  readonly received: Message[] = [];
  /** Messages that have taken effect, in order. */
  readonly applied: PlainMessage[] = [];
  readonly closed: Promise<void>;
  intercept: (message: Message) => boolean = () => false;
  readonly #socket: Socket;
  readonly #options: FakeOptions;
  /** By the bundle's id. */
  readonly #bundles = new Map<number, PlainMessage[]>();
  #watchers: (() => void)[] = [];

  constructor(port: number, options: FakeOptions = {}) {
    this.#options = options;
    const to = { host: '127.0.0.1', port };
    this.#socket =
      options.tls === undefined
        ? connect({ ...to, noDelay: true })
        : connectTls({ ...to, ...options.tls });
    const framer = new Framer();
    this.#socket.on('data', (chunk) => {
      for (const frame of framer.push(chunk)) this.#receive(decode(frame));
      for (const watcher of this.#watchers.splice(0)) watcher();
    });
    this.#socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.#socket.on('close', () => resolve()));
    this.send(options.hello ?? helloFor());
  }

  send(...messages: Message[]): void {
    this.sendBytes(Buffer.concat(messages.map(encode)));
  }

  sendBytes(bytes: Buffer): void {
    if (this.#options.bytewise !== true) {
      this.#socket.write(bytes);
      return;
    }
    for (const byte of bytes) this.#socket.write(Buffer.from([byte]));
  }

  refuse({ xid }: Message, cause: ErrorCause): void {
    this.send(error({ xid, error: cause, data: Buffer.alloc(0) }));
  }

  /** Resolves when a message of this type has come. */
  async got<T extends Message['type']>(type: T): Promise<Extract<Message, { type: T }>> {
    for (;;) {
      const found = this.received.find((message) => message.type === type);
      if (found !== undefined) return found as Extract<Message, { type: T }>;
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  /** Resolves when the controller has been told everything that it asks in the handshake. */
  async known(): Promise<void> {
    const isLast = (message: Message) =>
      message.type === 'multipartRequest' && message.body.kind === 'portDesc';
    while (!this.received.some(isLast)) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  types(): string[] {
    return this.received.map((message) =>
      message.type === 'bundleControl' ? message.controlType : message.type,
    );
  }

  /** The socket itself, for who wants to speak at full speed; this switch hears nothing more. */
  takeOver(): Socket {
    this.#socket.removeAllListeners('data').pause();
    return this.#socket;
  }

  stopReading(): void {
    this.#socket.pause();
  }

  readOn(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(message: Message): void {
    this.received.push(message);
    if (!this.intercept(message)) this.answer(message);
  }

  /** What a switch with bundles answers. */
  answer(message: Message): void {
    const { xid } = message;
    switch (message.type) {
      case 'featuresRequest': {
        const { dpid = 1n, auxiliaryId = 0 } = this.#options;
        this.send(
          featuresReply({ xid, datapathId: dpid, tableCount: 254, auxiliaryId, capabilities: [] }),
        );
        return;
      }
      case 'multipartRequest':
        this.#answerMultipart(xid, message.body.kind);
        return;
      case 'echoRequest':
        this.send(echoReply({ xid, data: message.data }));
        return;
      case 'barrierRequest':
        this.send(barrierReply({ xid }));
        return;
      case 'flowMod':
      case 'groupMod':
      case 'packetOut':
        this.applied.push(message);
        return;
      case 'bundleAdd':
        this.#bundles.get(message.bundleId)?.push(message.message);
        return;
      case 'bundleControl': {
        const { bundleId, flags, controlType } = message;
        const reply = REPLIES[controlType as keyof typeof REPLIES];
        if (controlType === 'commitRequest') {
          this.applied.push(...(this.#bundles.get(bundleId) ?? []));
        }
        if (controlType === 'openRequest') this.#bundles.set(bundleId, []);
        else if (controlType !== 'closeRequest') this.#bundles.delete(bundleId);
        this.send(bundleControl({ xid, bundleId, flags, controlType: reply }));
        return;
      }
      default:
        return;
    }
  }

  #answerMultipart(xid: number, kind: string): void {
    const { make } = multipartReplyBody;
    const description = {
      manufacturer: 'Ferry',
      hardware: 'none',
      software: '1.0',
      serialNumber: '7',
      datapath: 'fake',
    };
    const part = (ports: ReturnType<typeof fakePort>[], flags: 'more'[] = []) =>
      multipartReply({ xid, flags, body: make.portDesc({ ports }) });
    if (kind === 'desc')
      this.send(multipartReply({ xid, flags: [], body: make.desc(description) }));
    if (kind === 'groupDesc') {
      this.send(multipartReply({ xid, flags: [], body: make.groupDesc({ groups: [] }) }));
    }
    if (kind === 'flow')
      this.send(multipartReply({ xid, flags: [], body: make.flow({ flows: [] }) }));
    if (kind === 'portDesc') {
      // In two parts, the local port in the second.
      this.send(
        part([fakePort(1, 's1-eth1'), fakePort(2, 's1-eth2')], ['more']),
        part([fakePort(0xffff_fffe, 's1')]),
      );
    }
  }
}

/** A hello without a version bitmap. */
export function plainHello(version: number): Hello {
  return hello({ version, elements: [] });
}
