/**
 * From a fresh connection to a switch that is known: hello (OpenFlow 1.3.5 section 6.3.1),
 * features, description and ports.
 */
import {
  error,
  errorCause,
  featuresRequest,
  helloFor,
  multipartRequest,
  multipartRequestBody,
  openflow13,
  speaks,
  type FeaturesReply,
  type Message,
} from '../openflow/index.js';
import type { Channel } from './channel.js';
import { SwitchError } from './errors.js';
import type { MultipartOf } from './multipart.js';
import { PortTable } from './ports.js';

/** Unasked messages that a switch may send before it is known. */
const MAX_EARLY_EVENTS = 4096;
/** Of the packets in them; those beyond are dropped: nobody knows yet who it is that sends. */
const MAX_EARLY_BYTES = 1_048_576;

export interface SwitchIdentity {
  features: FeaturesReply;
  description: MultipartOf<'desc'>;
  ports: PortTable;
  /** What came before anybody could be told of it; more may until the channel is taken over. */
  early: Message[];
}

/**
 * Resolves once the switch is known; the channel's `onEvent` must then be taken over in the same
 * turn of the event loop. Otherwise closes the channel with the reason and throws SwitchError.
 */
export async function handshake(channel: Channel): Promise<SwitchIdentity> {
  const limit = setTimeout(() => {
    setImmediate(() => channel.close('handshakeTimeout', 'the handshake took too long'));
  }, channel.limits.handshakeMs);
  try {
    await exchangeHello(channel);
    channel.startKeepAlive();
    return await getIdentity(channel);
  } catch (cause) {
    const isLate = cause instanceof SwitchError && cause.code === 'SWITCH_TIMEOUT';
    channel.close(isLate ? 'handshakeTimeout' : 'protocolError', 'the handshake failed');
    throw cause;
  } finally {
    clearTimeout(limit);
  }
}

function exchangeHello(channel: Channel): Promise<void> {
  return new Promise((resolve, reject) => {
    const { onClosed } = channel;
    channel.onClosed = (reason, detail) => {
      onClosed(reason, detail);
      reject(new SwitchError('SWITCH_CLOSED', detail));
    };
    channel.onEvent = (message) => {
      channel.onClosed = onClosed;
      if (message.type === 'hello' && speaks(message, openflow13)) {
        // What happens before the ports are listed is in the list.
        channel.onEvent = () => undefined;
        resolve();
        return;
      }
      refuseHello(channel, message);
      reject(new SwitchError('SWITCH_CLOSED', 'the switch does not speak OpenFlow 1.3'));
    };
    channel.post([channel.number(helloFor())]);
  });
}

function refuseHello(channel: Channel, message: Message): void {
  if (message.type === 'hello') {
    const data = Buffer.from('Ferry speaks OpenFlow 1.3 (wire version 0x04) only', 'latin1');
    const cause = errorCause.make.helloFailed({ code: 'incompatible' });
    channel.post([error({ xid: message.xid, error: cause, data })]);
    channel.close('versionRefused', `the switch offers version ${message.version}`);
  } else if (message.type === 'error' && message.error.type === 'helloFailed') {
    channel.close('versionRefused', 'the switch refused OpenFlow 1.3');
  } else {
    channel.close('protocolError', `${message.type} before hello`);
  }
}

async function getIdentity(channel: Channel): Promise<SwitchIdentity> {
  const early: Message[] = [];
  let bytes = 0;
  channel.onEvent = (message) => {
    bytes += 'data' in message ? message.data.length : 0;
    if (bytes > MAX_EARLY_BYTES && message.type === 'packetIn') return;
    if (early.push(message) > MAX_EARLY_EVENTS) {
      channel.close('protocolError', `more than ${MAX_EARLY_EVENTS} messages in the handshake`);
    }
  };
  const features = await channel.request(featuresRequest(), 'featuresReply');
  if (features.auxiliaryId !== 0) {
    const problem = 'Ferry serves main connections only, no auxiliary ones';
    const cause = errorCause.make.helloFailed({ code: 'permission' });
    channel.post([error({ error: cause, data: Buffer.from(problem, 'latin1') })]);
    channel.close('auxiliaryRefused', `auxiliary connection ${features.auxiliaryId}`);
    throw new SwitchError('SWITCH_CLOSED', problem);
  }
  const ask = (kind: 'desc' | 'portDesc') =>
    multipartRequest({ body: multipartRequestBody.make[kind]() });
  const [description] = await channel.multipart(ask('desc'), 'desc');
  const parts = await channel.multipart(ask('portDesc'), 'portDesc');
  if (description === undefined) throw new SwitchError('SWITCH_CLOSED', 'no description came');
  const ports = new PortTable(parts.flatMap((part) => part.ports));
  // What changed while the ports were listed; what the list has already is repeated harmlessly.
  for (const message of early) if (message.type === 'portStatus') ports.apply(message);
  return { features, description, ports, early };
}
