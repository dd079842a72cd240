/** How a process ended, and what it said of it. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ProblemError } from './instance/problem.js';

/** Both null for a process that another agent started: only its parent hears how it ended. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const reportSchema = z.object({
  code: z.string(),
  message: z.string(),
  field: z.string().optional(),
});

export function describeExit({ code, signal }: Exit): string {
  if (signal !== null) return `ended by ${signal}`;
  return code === null ? 'ended' : `ended with code ${code}`;
}

/** The report that a failing instance leaves; undefined when it left none. */
export async function readReport(path: string): Promise<ProblemError | undefined> {
  try {
    const { code, message, field } = reportSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return new ProblemError(code, message, field);
  } catch {
    return undefined;
  }
}
