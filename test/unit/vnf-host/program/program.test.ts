import { fileURLToPath } from 'node:url';
import t from 'tap';
import { findCriu } from '../../../../vnf-host/checkpoint/probe.js';

// In a network namespace of its own: every interface goes with the last process in it.
const inner = (name: string) => fileURLToPath(new URL(`../support/${name}.js`, import.meta.url));
if ((await findCriu()) === undefined) {
  t.pass('skipped', { skip: 'no criu works on this machine: `ferry doctor` says what was tried' });
} else {
  for (const name of ['program-lab', 'ready-lab']) {
    const words = ['--net', '--mount', '--', process.execPath, inner(name)];
    await t.spawn('unshare', words, name);
  }
}
