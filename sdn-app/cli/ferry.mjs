#!/usr/bin/env node
// Starts the compiled command; plain JavaScript, so that a fresh clone gets a useful message.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../../dist/sdn-app/cli/main.js', import.meta.url);
if (existsSync(fileURLToPath(main))) {
  const { main: run } = await import(main.href);
  await run(process.argv);
} else {
  const advice = 'Run `npm run setup`, or install the named package.';
  process.stderr.write(`error TOOL_MISSING: Ferry is not built (dist) -> ${advice}\n`);
  process.exitCode = 1;
}
