/** The WebSockets beside REST: events for whoever listens, and the agents of the hosts. */
import type { WebSocket } from 'ws';
import { MAX_MESSAGE_BYTES } from '../contract/agent.js';
import { FerryError } from '../contract/errors.js';
import type { EventLog } from '../events.js';
import { serveEvents } from './event-socket.js';
import type { SocketRoute } from './listen.js';

export function eventRoute(events: EventLog): SocketRoute {
  return {
    path: '/v1/events',
    maxMessageBytes: 1024,
    maxSockets: 256,
    check: (query) => void sinceOf(query),
    accept: (socket, query) => serveEvents(socket, events, sinceOf(query)),
  };
}

export function agentRoute(accept: (socket: WebSocket) => void): SocketRoute {
  return {
    path: '/v1/agents',
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxSockets: 1024,
    check: (query) => refuseOthers(query, []),
    accept: (socket) => accept(socket),
  };
}

function sinceOf(query: URLSearchParams): number | undefined {
  refuseOthers(query, ['since']);
  const text = query.get('since');
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new FerryError('REQUEST_INVALID', 'since is the seq of an event: a whole number', 'since');
}

function refuseOthers(query: URLSearchParams, known: readonly string[]): void {
  for (const key of query.keys()) {
    if (known.includes(key)) continue;
    throw new FerryError(
      'REQUEST_INVALID',
      `no such key in the query: ${key.slice(0, 64)}`,
      key.slice(0, 64),
    );
  }
}
