/** Answers that come in several messages (OpenFlow 1.3.5 section 7.3.5), put together. */
import type { Message, MultipartReply } from '../openflow/index.js';

export type MultipartKind = MultipartReply['body']['kind'];
export type MultipartOf<K extends MultipartKind> = Extract<MultipartReply['body'], { kind: K }>;

/** `refuse` is called for an answer of another kind, or for more than `limit` parts. */
export function collectParts<K extends MultipartKind>(
  kind: K,
  limit: number,
  refuse: (problem: string) => void,
): { parts: MultipartOf<K>[]; take: (answer: Message) => boolean } {
  const parts: MultipartOf<K>[] = [];
  const take = (answer: Message): boolean => {
    if (answer.type !== 'multipartReply' || answer.body.kind !== kind) {
      refuse(`${answer.type} answers a multipart request for ${kind}`);
      return false;
    }
    parts.push(answer.body as MultipartOf<K>);
    if (!answer.flags.includes('more')) return true;
    if (parts.length >= limit) refuse(`more than ${limit} parts for ${kind}`);
    return false;
  };
  return { parts, take };
}
