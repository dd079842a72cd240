/** What a statistic of ofctl_rest asks of a switch, and how it shows the answer. */
import type { z } from 'zod';
import {
  multipartRequest,
  type MultipartReplyBody,
  type MultipartRequestBody,
} from '../../openflow/index.js';
import type { MultipartKind, SwitchSession } from '../../switch/index.js';
import { breath } from './breath.js';

export type Session = SwitchSession;

/** A number in the path, behind the dpid: a port, a queue, a group, a meter. */
export interface PathPart {
  name: string;
  schema: z.ZodType<number>;
}

export interface Statistic {
  /** Behind /stats/. */
  path: string;
  summary: string;
  /** May be left out, from the last on. */
  parts?: readonly PathPart[];
  /** Of a body; such a statistic is asked by POST too. */
  filter?: z.ZodType;
  /** `numbers` are those of the path, in the order of `parts`. */
  ask: (session: Session, numbers: readonly number[], filter: unknown) => Promise<unknown>;
}

/** A statistic without arguments, from what it sends and how one part of the answer is shown. */
export function statistic<K extends MultipartKind>({
  path,
  summary,
  parts,
  request,
  show,
}: Pick<Statistic, 'path' | 'summary' | 'parts'> & {
  request: (...numbers: number[]) => Extract<MultipartRequestBody, { kind: K }>;
  show: (part: Extract<MultipartReplyBody, { kind: K }>, ...numbers: number[]) => unknown[];
}): Statistic {
  return {
    ...{ path, summary },
    ...(parts === undefined ? {} : { parts }),
    ask: async (session, numbers) => {
      const answer = await askFor(session, request(...numbers));
      const pause = breath();
      const shown: unknown[] = [];
      for (const part of answer) {
        shown.push(...show(part, ...numbers));
        await pause();
      }
      return shown;
    },
  };
}

/** The parts of the answer to one multipart request. */
export async function askFor<K extends MultipartKind>(
  session: Session,
  body: Extract<MultipartRequestBody, { kind: K }>,
): Promise<Extract<MultipartReplyBody, { kind: K }>[]> {
  return await session.multipart(multipartRequest({ body }), body.kind);
}

/** A statistic that a body may narrow down. */
export function filteredStatistic<F>(
  path: string,
  summary: string,
  filter: z.ZodType<F>,
  ask: (session: Session, filter: F) => Promise<unknown>,
): Statistic {
  // What is handed in has been read by `filter`.
  return { path, summary, filter, ask: (session, _numbers, read) => ask(session, read as F) };
}
