/** What os-ken made of the same requests and the same switch (test/vectors/ofctl/record.py). */
import { readFile } from 'node:fs/promises';
import { readLiteral } from '../../../../sdn-app/northbound/ofctl/literal.js';

export interface RecordedRequest {
  path: string;
  body: Record<string, unknown>;
  /** Hexadecimal, as os-ken sent it. */
  frame: string;
  /** Type and code of the switch's error. */
  refused?: string;
}

export interface RecordedStatistic {
  path: string;
  body?: Record<string, unknown>;
  request: string;
  frames: string[];
  answer: Record<string, unknown>;
}

export interface Recorded {
  requests: RecordedRequest[];
  statistics: RecordedStatistic[];
}

const FILE = new URL('../../../../../test/vectors/ofctl/recorded.json', import.meta.url);

/** Read so that no digit of a 64-bit number is lost. */
export async function recorded(): Promise<Recorded> {
  return readLiteral(await readFile(FILE, 'utf8')) as Recorded;
}
