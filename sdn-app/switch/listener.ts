/** Takes OpenFlow connections and hands each switch that completes the handshake to the registry. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { FerryError } from '../contract/errors.js';
import { Channel } from './channel.js';
import { SwitchError } from './errors.js';
import { handshake } from './handshake.js';
import { DEFAULT_LIMITS, type SwitchLimits } from './limits.js';
import type { SwitchRegistry } from './registry.js';
import { SwitchSession } from './session.js';
import { distrust, loadTls, type TlsFiles } from './tls.js';
import { WriteBudget } from './write-budget.js';

/** Connections that wait to be accepted; the kernel may allow fewer. */
const BACKLOG = 1024;
/** What connections get to end by themselves when the listener closes. */
const CLOSE_MS = 2000;

export interface ListenOptions {
  address: string;
  /** 0 for any free port. */
  port: number;
  /** Then switches must speak TLS 1.2 or later. */
  tls?: TlsFiles | undefined;
  limits?: Partial<SwitchLimits>;
}

export interface SwitchListener {
  readonly address: string;
  readonly port: number;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

/**
 * Throws PORT_IN_USE, TLS_INVALID, or CONFIG_INVALID for an address that this machine cannot
 * listen on.
 */
export async function listenForSwitches(
  options: ListenOptions,
  registry: SwitchRegistry,
): Promise<SwitchListener> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const budget = new WriteBudget(limits.totalWriteQueueBytes);
  const channels = new Set<Channel>();
  const server = await createListener(options, limits, registry, (socket) => {
    const channel = new Channel(socket, limits, budget);
    channels.add(channel);
    socket.once('close', () => channels.delete(channel));
    void welcome(channel, peerOf(socket), registry);
  });
  server.maxConnections = limits.connections;
  server.on('drop', (dropped) => {
    const peer = `${dropped?.remoteAddress ?? 'unknown'}:${dropped?.remotePort ?? 0}`;
    registry.refuse(peer, 'tooManyConnections', `there are ${limits.connections} already`);
  });
  // Under TLS those that have not come so far as to have a channel, too.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await listen(server, options);
  const { address, port } = server.address() as AddressInfo;
  return {
    address,
    port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const channel of channels) channel.close('shutdown', 'the controller stops');
      const limit = setTimeout(() => sockets.forEach((socket) => socket.destroy()), CLOSE_MS);
      await closed;
      clearTimeout(limit);
    },
  };
}

async function createListener(
  { tls }: ListenOptions,
  { handshakeMs }: SwitchLimits,
  registry: SwitchRegistry,
  accept: (socket: Socket) => void,
): Promise<Server> {
  if (tls === undefined) return createServer({ noDelay: true }, accept);
  const options = { ...(await loadTls(tls)), noDelay: true, handshakeTimeout: handshakeMs };
  const fail = (socket: Socket, detail: string): void => {
    registry.refuse(peerOf(socket), 'tlsFailed', detail);
    socket.destroy();
  };
  const server = createTlsServer(options, (socket) => {
    const reason = distrust(tls, socket);
    if (reason === undefined) accept(socket);
    else fail(socket, reason);
  });
  server.on('tlsClientError', (error, socket) => fail(socket, error.message));
  return server;
}

/** Whatever a peer does, this neither throws nor outlives the connection. */
async function welcome(channel: Channel, peer: string, registry: SwitchRegistry): Promise<void> {
  channel.onClosed = (reason, detail) => registry.refuse(peer, reason, detail);
  try {
    const identity = await handshake(channel);
    if (channel.closed) return;
    const session = new SwitchSession(channel, identity);
    registry.add(session);
    session.catchUp();
  } catch (error) {
    if (!(error instanceof SwitchError)) throw error;
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? 'unknown'}:${remotePort ?? 0}`;
}

function listen(server: Server, { address, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE') {
        const message = `another program listens on ${address} port ${port}`;
        reject(new FerryError('PORT_IN_USE', message, 'openflow.port'));
      } else {
        const message = `cannot listen on ${address} port ${port}: ${error.message}`;
        reject(new FerryError('CONFIG_INVALID', message, 'openflow.address'));
      }
    };
    server.once('error', refuse);
    // Many switches come at once when a controller starts anew.
    server.listen({ host: address, port, backlog: BACKLOG }, () => {
      server.off('error', refuse);
      // One that could not be accepted (too many open files): the others are not concerned.
      server.on('error', () => undefined);
      resolve();
    });
  });
}
