/** Version of the package that this program is part of. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const packageJson = new URL('../../package.json', import.meta.url);

export const VERSION = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(packageJson, 'utf8'))).version;
