/** WebSocket /v1/events?since=SEQ: the past that is still known, then everything as it happens. */
import type { WebSocket } from 'ws';
import type { FerryEvent } from '../contract/rest.js';
import type { EventLog } from '../events.js';

/** What may wait for a listener that reads too slowly. */
const MAX_UNSENT_BYTES = 1_048_576;
const CLOSE = { policy: 1008, tryAgainLater: 1013 } as const;

/** `since` undefined: only what happens from now on. */
export function serveEvents(socket: WebSocket, events: EventLog, since: number | undefined): void {
  const send = (event: FerryEvent) => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MAX_UNSENT_BYTES) {
      unsubscribe();
      socket.close(CLOSE.tryAgainLater, 'too slow: connect again with ?since of the last event');
      // Its buffer is full: the close frame may never get through.
      setTimeout(() => socket.terminate(), 1000).unref();
      return;
    }
    socket.send(JSON.stringify(event));
  };
  const unsubscribe = events.subscribe(send);
  socket.on('close', unsubscribe);
  socket.on('error', () => undefined);
  socket.on('message', () => socket.close(CLOSE.policy, 'listeners have nothing to say here'));
  if (since !== undefined) for (const event of events.since(since)) send(event);
}
