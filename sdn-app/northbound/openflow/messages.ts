/** From the JSON forms of a request to messages, and from a switch's answer to JSON forms. */
import { FerryError } from '../../contract/errors.js';
import type { Structure } from '../../contract/openflow.js';
import {
  JsonError,
  messageFromJson,
  multipartRequest,
  type Message,
  type MultipartReplyBody,
  type MultipartRequestBody,
  type PlainMessage,
} from '../../openflow/index.js';
import { toJson } from '../../openflow/json.js';
import type { MultipartKind, SwitchSession } from '../../switch/index.js';
import { answered } from '../switch-session.js';

type Json = Record<string, unknown>;

/** Throws REQUEST_INVALID with the path of the field; `under` is where the request has the form. */
export function message<T extends Message['type']>(
  type: T,
  form: Json,
  under = '',
): Extract<Message, { type: T }> {
  try {
    return messageFromJson({ ...form, type }) as Extract<Message, { type: T }>;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const { field: path } = error;
    // What a question asks is the body of both the message and the request.
    const own = type === 'multipartRequest' ? path.replace(/^body\.?/, '') : path;
    const field = [under, own].filter((part) => part !== '').join('.');
    throw new FerryError('REQUEST_INVALID', `body: ${error.message}`, field || undefined);
  }
}

const BUNDLED = ['flowMod', 'groupMod', 'portMod', 'packetOut'] as const;

/** A message of a bundle; `index` is its place among them. */
export function bundled(form: Json, index: number): PlainMessage {
  const type = BUNDLED.find((each) => each === form['type']);
  if (type !== undefined) return message(type, form, `messages[${index}]`);
  const text = `body: a bundle takes messages of type ${BUNDLED.join(', ')}`;
  throw new FerryError('REQUEST_INVALID', text, `messages[${index}].type`);
}

/** The parts of the answer to a question that is known to be right. */
export function ask<K extends MultipartKind>(
  session: SwitchSession,
  body: Extract<MultipartRequestBody, { kind: K }>,
): Promise<Extract<MultipartReplyBody, { kind: K }>[]> {
  return answered(session.multipart(multipartRequest({ body }), body.kind));
}

export function jsonOf(values: readonly unknown[]): Structure[] {
  return values.map((value) => toJson(value) as Structure);
}
