/**
 * The probe itself, inside namespaces of its own that end with it: starts a process of ours, dumps it,
 * restores it, and sees whether its packet rings and its TCP connection still work. Prints a verdict.
 * `node probe-lab.js CRIU-PATH`, started by probe.ts.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../sdn-app/contract/errors.js';
import { launchProgram, makeHostDir } from '../launch.js';
import { describeCriu } from './criu.js';
import { dump } from './dump.js';
import { restore } from './restore.js';
import { run } from './run.js';
import type { Verdict } from './verdict.js';

const SUBJECT = fileURLToPath(new URL('./probe-subject.js', import.meta.url));
const LINKS = ['fycp0', 'fycp1'] as const;
const LIMIT_MS = 15_000;
const POLL_MS = 20;

/** Only root's namespaces can have one; the address is of the range for benchmarks (RFC 2544). */
async function makeLinks(): Promise<void> {
  await ip('link', 'set', 'lo', 'up');
  for (const name of LINKS) {
    await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`);
    await ip('link', 'set', name, 'up');
    await ip('link', 'set', `${name}p`, 'up');
  }
  await ip('address', 'add', '198.18.0.2/24', 'dev', `${LINKS[0]}p`);
}

async function ip(...words: string[]): Promise<void> {
  const ended = await run(['ip', ...words], LIMIT_MS);
  if (ended.code !== 0) throw new Error(`ip ${words.join(' ')}: ${ended.stderr.trim()}`);
}

/** Packets that the subject has had, by its own account; rejects when it does not answer. */
async function packetsOf(subject: Socket): Promise<number> {
  const answered = once(subject, 'data', { signal: AbortSignal.timeout(LIMIT_MS) });
  subject.write('?');
  const [data] = (await answered) as [Buffer];
  return Number(data.toString());
}

/** Sends until the subject counts more than `before`. */
async function awaitPackets(subject: Socket, before: number): Promise<number> {
  const sender = createSocket('udp4');
  const deadline = performance.now() + LIMIT_MS;
  try {
    while (performance.now() < deadline) {
      sender.send('probe', 9, '198.18.0.1');
      await delay(POLL_MS);
      const now = await packetsOf(subject);
      if (now > before) return now;
    }
  } finally {
    sender.close();
  }
  throw new Error('the packet socket receives nothing');
}

async function probe(path: string, dir: string): Promise<Verdict> {
  const criu = await describeCriu(path);
  await makeLinks();
  await makeHostDir();
  const imagesDir = join(dir, 'images');
  await mkdir(imagesDir);
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connected = once(server, 'connection', { signal: AbortSignal.timeout(LIMIT_MS) });
  const words = [process.execPath, SUBJECT, String(port), ...LINKS];
  const { identity } = await launchProgram(dir, words, 'probe');
  if (identity === undefined) throw new Error('the process to dump did not start');
  const [subject] = (await connected) as [Socket];
  const before = await awaitPackets(subject, 0);
  const { frozenMs } = await dump(criu, identity, {
    imagesDir,
    connections: 'keep',
    after: 'ends',
  });
  await restore(criu, { imagesDir, runDir: dir, connections: 'keep' });
  await awaitPackets(subject, before);
  return { works: true, frozenMs };
}

const dir = await mkdtemp(join(tmpdir(), 'ferry-probe-'));
let verdict: Verdict;
try {
  verdict = await probe(process.argv[2] ?? '', dir);
} catch (error) {
  verdict = { works: false, reason: messageOf(error) };
}
await rm(dir, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(verdict)}\n`, () => process.exit(0));
