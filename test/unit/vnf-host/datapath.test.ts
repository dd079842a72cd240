import { fileURLToPath } from 'node:url';
import t from 'tap';

// In a network namespace of its own: every interface goes with the last process in it.
const inner = fileURLToPath(new URL('./support/datapath.js', import.meta.url));
await t.spawn('unshare', ['--net', '--', process.execPath, inner], 'the real datapath');
