/** Entry of an instance process: `node instance/main.js RUN-DIR/ID.json`, started by vnf-host. */
import { runInstance } from './run.js';

await runInstance(process.argv[2], async () => (await import('../../native/index.js')).Instance);
