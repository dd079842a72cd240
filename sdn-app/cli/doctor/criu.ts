/** The criu that checkpoints use, found by vnf-host's own probe: a real dump and restore. */
import { execFile } from 'node:child_process';
import { z } from 'zod';
import { PROBE_PROGRAM } from '../paths.js';
import type { Check } from './finding.js';

const LIMIT_MS = 180_000;

/** What vnf-host/checkpoint/probe-main.ts prints. */
const probedSchema = z.array(
  z.object({
    path: z.string(),
    criu: z.object({ version: z.string() }).optional(),
    verdict: z.discriminatedUnion('works', [
      z.object({ works: z.literal(true), frozenMs: z.number() }),
      z.object({ works: z.literal(false), reason: z.string() }),
    ]),
  }),
);

export const CRIU_CHECK: Check = {
  name: 'criu',
  needed: false,
  cost: 'no checkpoints, so no recovery of what has no standby: `bash mininet/setup.sh --criu`',
  look: async () => {
    const probed = probedSchema.parse(JSON.parse(await runProbe()));
    const failed: string[] = [];
    for (const { path, criu, verdict } of probed) {
      const name = `${path}${criu === undefined ? '' : ` ${criu.version}`}`;
      if (verdict.works) {
        return `${name}, probed: a process with packet rings and a TCP connection came back`;
      }
      failed.push(`${name}: ${verdict.reason}`);
    }
    throw new Error(failed.length === 0 ? 'not installed' : failed.join('; '));
  },
};

/** Its exit code only says whether one works; the document says all. */
function runProbe(): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [PROBE_PROGRAM], { timeout: LIMIT_MS }, (error, stdout, stderr) => {
      if (stdout !== '') resolve(stdout);
      else reject(new Error(`not probed: ${stderr.trim() || (error?.message ?? 'no answer')}`));
    });
  });
}
