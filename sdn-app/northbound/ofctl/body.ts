/** Bodies of ofctl_rest: read, checked, unknown keys refused or, for old scripts, ignored. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { FerryError } from '../../contract/errors.js';

/** `?strict=false`: keys that are not known are ignored. */
export const strictQuery = z.strictObject({
  strict: z
    .enum(['true', 'false'])
    .default('true')
    .transform((text) => text === 'true'),
});

/** The body of a request as its schema reads it. Throws REQUEST_INVALID, with the field. */
export function readBody<T>(
  schema: z.ZodType<T>,
  { body, query }: Pick<FastifyRequest, 'body' | 'query'>,
): T {
  const { strict } = query as z.infer<typeof strictQuery>;
  for (;;) {
    const result = schema.safeParse(body ?? {});
    if (result.success) return result.data;
    const { issues } = result.error;
    const dropped = strict ? 0 : dropUnknown(body, issues);
    if (dropped === 0) throw refusal(issues);
  }
}

function refusal([issue]: readonly z.core.$ZodIssue[]): FerryError {
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])]
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`,
    )
    .join('')
    .slice(0, 200);
  const detail = unknown === undefined ? (issue?.message ?? 'is wrong') : 'is not known here';
  return new FerryError('REQUEST_INVALID', `body: ${field} ${detail}`, field || undefined);
}

/** Takes the unknown keys out of the body; how many there were. */
function dropUnknown(body: unknown, issues: readonly z.core.$ZodIssue[]): number {
  let dropped = 0;
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    const holder = issue.path.reduce<unknown>(
      (value, part) => (isRecord(value) ? value[String(part)] : undefined),
      body,
    );
    if (!isRecord(holder)) continue;
    for (const key of issue.keys) {
      if (Reflect.deleteProperty(holder, key)) dropped += 1;
    }
  }
  return dropped;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
