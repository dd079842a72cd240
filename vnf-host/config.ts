/** Configuration of a vnf-host: validated, unknown keys refused, frozen. */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { FerryError } from '../sdn-app/contract/errors.js';
import { nodeName } from '../sdn-app/contract/names.js';

/** Linux bounds a Unix socket's path to 107 bytes; `/<id>.sock` takes up to 46 of them. */
const MAX_RUN_DIR_BYTES = 61;

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;

export const hostConfig = z
  .strictObject({
    /** Of the controller: `ws://ADDRESS:PORT/v1/agents`. */
    controllerUrl: z.string().max(256).refine(isAgentUrl, 'use ws://ADDRESS:PORT/v1/agents'),
    /** Name of this host in the topology. */
    host: nodeName,
    /** Manifests, sockets and crash reports of this host's instances; no other host may use it. */
    runDir: z
      .string()
      .refine(isAbsolute, 'use an absolute path')
      .refine(
        (path) => Buffer.byteLength(path) <= MAX_RUN_DIR_BYTES,
        `use a path of at most ${MAX_RUN_DIR_BYTES} bytes: sockets are made in it`,
      ),
    logLevel: z.enum(LOG_LEVELS).default('info'),
  })
  .readonly();
export type HostConfig = z.infer<typeof hostConfig>;

function isAgentUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return ['ws:', 'wss:'].includes(url.protocol) && url.pathname === '/v1/agents';
}

/** Throws CONFIG_INVALID, with the field. */
export function parseHostConfig(input: unknown): HostConfig {
  const parsed = hostConfig.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = unknown ?? issue?.path.join('.');
  throw new FerryError('CONFIG_INVALID', issue?.message ?? 'not a configuration', field);
}
