// Runs test programs that speak TAP and adds up what they say.
//
// A suite is a list of programs. A program's tests are its top-level TAP results; one that ends
// with an error, in silence or too late without a failed test counts as one failed test.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FUZZ_SECONDS = 5;
const MINUTE = 60_000;

/** A program to run; `tap` is false for one whose exit code is all it says. */
const program = (name, command, { limitMs = 5 * MINUTE, tap = true } = {}) => ({
  name,
  command,
  limitMs,
  tap,
});

const make = (...parameters) => ['make', '-s', '-C', 'native', '-j2', ...parameters];

const SUITES = {
  native: {
    jobs: 1,
    programs: () => [
      program('native, address and undefined behaviour', make('test'), { limitMs: 15 * MINUTE }),
      program('native, threads', make('tsan'), { limitMs: 15 * MINUTE }),
    ],
  },
  unit: { jobs: 2, programs: () => testFiles('test/unit') },
  fuzz: {
    jobs: 1,
    programs: () => [
      program('fuzzers', make('fuzz-run', `SECONDS=${FUZZ_SECONDS}`), {
        limitMs: 15 * MINUTE,
        tap: false,
      }),
    ],
  },
  // A lab takes the machine for itself.
  lab: { jobs: 1, programs: () => testFiles('test/lab', 10 * MINUTE) },
  fault: { jobs: 1, programs: () => testFiles('test/fault', 15 * MINUTE) },
};

function testFiles(directory, limitMs) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => {
      const compiled = join('dist', directory, name.replace(/\.ts$/, '.js'));
      return program(join(directory, name), [process.execPath, compiled], { limitMs });
    });
}

async function runProgram({ name, command, limitMs, tap }) {
  const started = performance.now();
  const [file, ...parameters] = command;
  const child = spawn(file, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    // tap's own limit of 30 s is meant for machines with nothing else to do.
    env: { ...process.env, TAP_TIMEOUT: String(limitMs / 1000), NO_COLOR: '1' },
  });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    // The whole group: a test's own children must not outlive it.
    process.kill(-child.pid, 'SIGKILL');
  }, limitMs);
  const ending = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? '' : `ended with ${signal ?? code}`),
    );
  });
  clearTimeout(timer);
  const output = Buffer.concat(said).toString();
  const count = tap ? tally(output) : { passed: ending === '' ? 1 : 0, failed: 0, skipped: 0 };
  let fault = late ? `took longer than ${limitMs / 1000} s` : ending;
  if (tap && fault === '' && count.passed + count.failed + count.skipped === 0) {
    fault = 'ran no test';
  }
  if (fault !== '' && count.failed === 0) count.failed = 1;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const verdict = count.failed === 0 ? 'ok' : 'FAILED';
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
  console.log(
    `${verdict} ${name}: ${count.passed} passed, ${count.failed} failed${skipped} (${seconds} s)`,
  );
  if (count.failed > 0) console.log(`${output}\n${name}: ${fault || 'a test failed'}`);
  return count;
}

/** Top-level results; nested ones are part of them. */
function tally(output) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const line of output.split('\n')) {
    const result = /^(not )?ok\b(.*)/.exec(line);
    if (result === null) continue;
    if (/# (skip|todo)\b/i.test(result[2])) count.skipped += 1;
    else if (result[1] === undefined) count.passed += 1;
    else count.failed += 1;
  }
  return count;
}

async function runSuite(name) {
  const { jobs, programs } = SUITES[name];
  console.log(`\n== ${name}`);
  const waiting = programs();
  const total = { passed: 0, failed: 0, skipped: 0 };
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const count = await runProgram(next);
      for (const key of Object.keys(total)) total[key] += count[key];
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return total;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(SUITES, name));
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}`);
  process.exit(2);
}
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const name of wanted.length > 0 ? wanted : Object.keys(SUITES)) {
  const total = await runSuite(name);
  for (const key of Object.keys(sum)) sum[key] += total[key];
}
if (sum.skipped > 0) console.log(`\n${sum.skipped} skipped`);
process.exitCode = sum.failed === 0 ? 0 : 1;
console.log(`\n${sum.passed} passed, ${sum.failed} failed`);
