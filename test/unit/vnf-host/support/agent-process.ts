/** The agent as a process of its own, so that a test can kill it: argv is its configuration. */
import { fileURLToPath } from 'node:url';
import { parseHostConfig } from '../../../../vnf-host/config.js';
import { start } from '../../../../vnf-host/main.js';

const [, , config = '', entry] = process.argv;
const agent = await start(
  parseHostConfig(JSON.parse(config)),
  entry ?? fileURLToPath(new URL('./fake-instance.js', import.meta.url)),
);
process.once('SIGTERM', () => void agent.close().then(() => process.exit(0)));
