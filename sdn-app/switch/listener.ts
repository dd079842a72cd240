/** Takes OpenFlow connections and hands each switch that completes the handshake to the registry. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { FerryError } from '../contract/errors.js';
import { Channel } from './channel.js';
import { SwitchError } from './errors.js';
import { handshake } from './handshake.js';
import { DEFAULT_LIMITS, type SwitchLimits } from './limits.js';
import type { SwitchRegistry } from './registry.js';
import { SwitchSession } from './session.js';
import { WriteBudget } from './write-budget.js';

/** Connections at once, those in the handshake included; more are dropped as they come. */
const MAX_CONNECTIONS = 2048;

export interface ListenOptions {
  address: string;
  /** 0 for any free port. */
  port: number;
  limits?: Partial<SwitchLimits>;
}

export interface SwitchListener {
  readonly address: string;
  readonly port: number;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

/** Throws PORT_IN_USE, or CONFIG_INVALID for an address that this machine cannot listen on. */
export async function listenForSwitches(
  options: ListenOptions,
  registry: SwitchRegistry,
): Promise<SwitchListener> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const budget = new WriteBudget(limits.totalWriteQueueBytes);
  const channels = new Set<Channel>();
  const server = createServer({ noDelay: true }, (socket) => {
    const channel = new Channel(socket, limits, budget);
    channels.add(channel);
    socket.once('close', () => channels.delete(channel));
    void welcome(channel, registry);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, options);
  const { address, port } = server.address() as AddressInfo;
  return {
    address,
    port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const channel of channels) channel.close('shutdown', 'the controller stops');
      await closed;
    },
  };
}

/** Whatever a peer does, this neither throws nor outlives the connection. */
async function welcome(channel: Channel, registry: SwitchRegistry): Promise<void> {
  channel.onClosed = (reason) => {
    registry.closed[reason] += 1;
  };
  try {
    const identity = await handshake(channel);
    if (channel.closed) return;
    const session = new SwitchSession(channel, identity);
    session.once('closed', (reason) => {
      registry.closed[reason] += 1;
    });
    registry.add(session);
  } catch (error) {
    if (!(error instanceof SwitchError)) throw error;
  }
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
    server.listen({ host: address, port }, () => {
      server.off('error', refuse);
      // One that could not be accepted (too many open files): the others are not concerned.
      server.on('error', () => undefined);
      resolve();
    });
  });
}
