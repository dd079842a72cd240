import { fileURLToPath } from 'node:url';
import t from 'tap';
import { findCriu } from '../../../../vnf-host/checkpoint/probe.js';

// In a network namespace of its own: every interface goes with the last process in it.
const inner = fileURLToPath(new URL('../support/program-lab.js', import.meta.url));
if ((await findCriu()) === undefined) {
  t.pass('skipped', { skip: 'no criu works on this machine: `ferry doctor` says what was tried' });
} else {
  await t.spawn('unshare', ['--net', '--mount', '--', process.execPath, inner], 'programs as VNFs');
}
