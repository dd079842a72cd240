/** HTTP and WebSocket on every address of the configuration, served by one fastify instance. */
import { createServer, STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { WebSocketServer, type WebSocket } from 'ws';
import { FerryError } from '../contract/errors.js';
import { refuseOtherOrigins } from './origin.js';
import { PROBLEM_TYPE, toProblemDetails } from './problem.js';

/** What a WebSocket of this path may be sent, and who takes it. */
export interface SocketRoute {
  path: string;
  maxMessageBytes: number;
  /** Sockets of this path at once. */
  maxSockets: number;
  accept: (socket: WebSocket, query: URLSearchParams) => void;
  /** Throws FerryError to refuse the upgrade. */
  check: (query: URLSearchParams) => void;
}

export interface ListenAddress {
  address: string;
  /** 0 for any free port. */
  port: number;
}

export interface HttpListener {
  readonly addresses: readonly ListenAddress[];
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** Throws PORT_IN_USE, or CONFIG_INVALID for an address that this machine does not have. */
export async function listenHttp(
  app: FastifyInstance,
  wanted: readonly ListenAddress[],
  routes: readonly SocketRoute[],
): Promise<HttpListener> {
  const upgrade = upgrader(routes);
  const servers: Server[] = [];
  const close = async () => {
    // A server waits for its upgraded sockets too.
    upgrade.close();
    await Promise.all(servers.map(closeServer));
  };
  try {
    for (const [index, each] of wanted.entries()) {
      const server = createServer(
        { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
        (request, response) => app.routing(request, response),
      );
      server.maxConnections = MAX_CONNECTIONS;
      server.on('upgrade', upgrade.handle);
      await listen(server, each, `http.${index}`);
      servers.push(server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const addresses = servers.map((server) => {
    const { address, port } = server.address() as AddressInfo;
    return { address, port };
  });
  return { addresses, close };
}

function upgrader(routes: readonly SocketRoute[]): {
  handle: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  close: () => void;
} {
  const served = routes.map((route) => ({
    route,
    server: new WebSocketServer({
      noServer: true,
      maxPayload: route.maxMessageBytes,
      perMessageDeflate: false,
    }),
  }));
  return {
    handle: (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      try {
        refuseOtherOrigins(request.headers);
        const { path, query } = target(request);
        const found = served.find(({ route }) => route.path === path);
        if (found === undefined) {
          throw new FerryError('NOT_FOUND', `there is no WebSocket ${path.slice(0, 200)}`);
        }
        const { route, server } = found;
        if (server.clients.size >= route.maxSockets) {
          const message = `${path} has ${server.clients.size} sockets already`;
          throw new FerryError('TOO_MANY_SOCKETS', message);
        }
        route.check(query);
        server.handleUpgrade(request, socket, head, (webSocket) => route.accept(webSocket, query));
      } catch (error) {
        refuse(socket, error);
      }
    },
    close: () => {
      for (const { server } of served) for (const client of server.clients) client.terminate();
    },
  };
}

function target(request: IncomingMessage): { path: string; query: URLSearchParams } {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  return { path, query: new URLSearchParams(query) };
}

function refuse(socket: Duplex, error: unknown): void {
  const coded =
    error instanceof FerryError ? error : new FerryError('REQUEST_INVALID', String(error));
  const problem = toProblemDetails(coded);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function listen(server: Server, { address, port }: ListenAddress, field: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        const message = `another program listens on ${address} port ${port}`;
        reject(new FerryError('PORT_IN_USE', message, field));
      } else {
        const message = `cannot listen on ${address} port ${port}: ${error.message}`;
        reject(new FerryError('CONFIG_INVALID', message, field));
      }
    };
    server.once('error', fail);
    server.listen({ host: address, port }, () => {
      server.off('error', fail);
      // One that could not be accepted (too many open files): the others are not concerned.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
