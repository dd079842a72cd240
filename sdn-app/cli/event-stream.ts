/** Events of the controller as they happen, from /v1/events. */
import { WebSocket, type RawData } from 'ws';
import { FerryError } from '../contract/errors.js';
import { ferryEvent, type FerryEvent } from '../contract/rest.js';

const MAX_EVENT_BYTES = 1_048_576;

/**
 * Calls `onEvent` until the signal aborts.
 * @throws FerryError CONTROLLER_UNREACHABLE when the controller cannot be reached or goes away.
 */
export function streamEvents(
  url: string,
  since: number | undefined,
  onEvent: (event: FerryEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const query = since === undefined ? '' : `?since=${since}`;
  const address = `${url.replace(/^http/, 'ws')}/v1/events${query}`;
  const socket = new WebSocket(address, { maxPayload: MAX_EVENT_BYTES });
  return new Promise((resolve, reject) => {
    const fail = (message: string): void => {
      reject(new FerryError('CONTROLLER_UNREACHABLE', `${url}: ${message}`, '--url'));
      socket.terminate();
    };
    signal.addEventListener('abort', () => {
      resolve();
      socket.terminate();
    });
    socket.on('error', (error) => fail(error.message));
    socket.on('close', (code) => fail(`the controller closed the connection (${code})`));
    socket.on('message', (data) => {
      const event = ferryEvent.safeParse(parse(data));
      if (event.success) onEvent(event.data);
      else fail('an event does not follow its schema');
    });
  });
}

function parse(data: RawData): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(data) ? data.toString() : '');
  } catch {
    return undefined;
  }
}
