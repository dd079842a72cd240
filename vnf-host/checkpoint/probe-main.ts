/**
 * `node probe-main.js [CRIU-PATH...]` prints what is known of each criu as JSON, probing what is not
 * known yet; exit code 0 when one of them works.
 */
import { criuPaths } from './criu.js';
import { probeAll } from './probe.js';

const named = process.argv.slice(2);
const probed = await probeAll(named.length > 0 ? named : criuPaths());
process.stdout.write(`${JSON.stringify(probed)}\n`);
process.exitCode = probed.at(-1)?.verdict.works === true ? 0 : 1;
