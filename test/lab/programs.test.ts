// Unmodified programs in a real lab: a counter in Python, dnsmasq, haproxy; restored with their state
// and connections, where they were and on another host.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { packagePath } from '../../sdn-app/cli/paths.js';
import { recoveryResource, type RecoveryResource } from '../../sdn-app/contract/recovery.js';
import { checkpointResource, restoreResource, vnfResource } from '../../sdn-app/contract/rest.js';
import { findCriu } from '../../vnf-host/checkpoint/probe.js';
import { cannotRunLab, ferry, run } from './ferry-command.js';
import { machine } from './machine.js';

const PATIENCE_MS = 30_000;
const FERRY = packagePath('sdn-app/cli/ferry.mjs');
const missing = ['/usr/sbin/dnsmasq', '/usr/sbin/haproxy'].filter((path) => !existsSync(path));
const skip =
  cannotRunLab() ||
  (missing.length > 0 && `${missing.join(' and ')} missing`) ||
  ((await findCriu()) === undefined && 'no criu works here: `ferry doctor` says why');

/** Sends each line that it is given over one connection, and says what comes back. */
const TALK = `
import socket, sys
server = socket.create_connection((sys.argv[1], int(sys.argv[2])))
for line in sys.stdin:
    server.sendall(line.encode())
    answer = server.recv(4096)
    print(answer.decode().strip() if answer else 'closed', flush=True)
`;
const ECHO = `
import socketserver
class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(('', 8000), Echo).serve_forever()
`;
/** DHCP (RFC 2131), DISCOVER and REQUEST, for the hardware address that is given. */
const LEASE = `
import os, socket, struct, sys, time
mac = bytes.fromhex(sys.argv[2].replace(':', ''))
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[1].encode())
sock.bind(('', 68))
sock.settimeout(1)
xid = os.urandom(4)
def ask(kind, options=b''):
    head = struct.pack('!BBBB4sHHIIII', 1, 1, 6, 0, xid, 0, 0x8000, 0, 0, 0, 0)
    body = head + mac + bytes(10) + bytes(192) + b'\\x63\\x82\\x53\\x63'
    body += bytes([53, 1, kind]) + options + b'\\xff'
    for _ in range(20):
        sock.sendto(body, ('255.255.255.255', 67))
        try:
            while True:
                answer = sock.recv(2048)
                if answer[4:8] == xid:
                    return answer[16:20]
        except TimeoutError:
            pass
    sys.exit('no answer')
offered = ask(1)
given = ask(3, bytes([50, 4]) + offered + bytes([54, 4]) + socket.inet_aton('10.2.0.1'))
print(socket.inet_ntoa(given))
`;

/** A connection from the client's host that is spoken over line by line. */
class Talk {
  readonly #child: ChildProcess;
  #said: string[] = [];

  constructor(test: Test, address: string, port: number) {
    this.#child = inside(test, 'client', TALK, address, String(port));
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#said.push(...chunk.toString().split('\n').filter(Boolean));
    });
  }

  async say(line: string): Promise<string> {
    const before = this.#said.length;
    this.#child.stdin?.write(`${line}\n`);
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline) {
      const answer = this.#said[before];
      if (answer !== undefined) return answer;
      await delay(10);
    }
    throw new Error(`no answer to ${line}`);
  }
}

function inside(test: Test, host: string, program: string, ...words: string[]): ChildProcess {
  const python = ['/usr/bin/python3', '-u', '-c', program, ...words];
  const child = spawn(process.execPath, [FERRY, 'lab', 'exec', host, '--', ...python], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  test.teardown(() => child.kill());
  return child;
}

async function json(...words: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await ferry(...words, '--json');
  if (code !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Taken now; one that the VNF's recovery takes by itself is waited for. */
async function checkpoint(vnf: string) {
  for (let tries = 0; ; tries += 1) {
    try {
      return checkpointResource.parse(await json('checkpoint', vnf));
    } catch (error) {
      if (tries === 60 || !String(error).includes('VNF_BUSY')) throw error;
      await delay(500);
    }
  }
}

/** The process that serves now. */
async function pidOf(vnf: string): Promise<number> {
  const { host, instance } = vnfResource.parse(await json('vnf', 'show', vnf));
  const path = join('/run/ferry/lab/hosts', host, `${instance ?? ''}.json`);
  return z
    .object({ process: z.object({ pid: z.number() }) })
    .parse(JSON.parse(await readFile(path, 'utf8'))).process.pid;
}

/** The VNF's recovery number `count`, once it has ended. */
async function recoveryOf(vnf: string, count: number): Promise<RecoveryResource> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const all = z.array(recoveryResource).parse(await json('recoveries', 'list'));
    const found = all.filter((each) => each.vnf === vnf)[count - 1];
    if (found !== undefined && found.endedAt !== null) return found;
    await delay(100);
  }
  throw new Error(`no recovery ${count} of ${vnf}`);
}

/** Resolves once this checkpoint of the VNF waits on this host. */
async function readyOn(vnf: string, host: string, checkpoint: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const { redundancy } = vnfResource.parse(await json('vnf', 'show', vnf));
    const { state } = redundancy ?? {};
    if (state === 'ready' && redundancy?.host === host && redundancy.checkpoint === checkpoint) {
      return;
    }
    if (Date.now() > deadline) throw new Error(`not ready: ${JSON.stringify(redundancy)}`);
    await delay(100);
  }
}

const restore = async (...words: string[]) =>
  restoreResource.parse(await json('restore', ...words));

async function leaseOf(mac: string): Promise<string> {
  const python = ['/usr/bin/python3', '-c', LEASE, 'client-eth1', mac];
  const { stdout, stderr } = await ferry('lab', 'exec', 'client', '--', ...python);
  if (stdout === '') throw new Error(stderr);
  return stdout.trim();
}

/** Resolves once the schedule has taken a checkpoint of the leases that both hosts keep. */
async function takenSince(time: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const found = z.array(checkpointResource).parse(await json('checkpoints', 'leases'));
    if (found.some(({ takenAt, hosts }) => takenAt > time && hosts.length === 2)) return;
    await delay(200);
  }
  throw new Error('the schedule has taken no checkpoint');
}

t.test('unmodified programs come back with state and connections', { skip }, async (t) => {
  const before = await machine();
  // The name tells this lab from somebody's own, should the test leave it.
  const directory = await mkdtemp(join(tmpdir(), 'fyg-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const file = join(directory, 'programs.yaml');
  const text = await readFile(packagePath('topologies/programs.yaml'), 'utf8');
  // On a schedule only the leases: the others' tests say themselves when.
  const scheduled = text
    .replaceAll('everyMs: 10000', 'everyMs: 3600000')
    .replace(/(leases:[^]*?everyMs: )3600000/, '$12000');
  await writeFile(file, scheduled.replace('name: programs', 'name: fyg-programs'));
  t.teardown(async () => {
    const { stdout } = await ferry('lab', 'status', '--json');
    if (stdout.includes('"topology": "fyg-programs"')) await ferry('lab', 'down');
  });
  const up = await ferry('lab', 'up', file);
  t.equal(up.code, 0, up.stderr);

  inside(t, 'server', ECHO);
  const count = new Talk(t, '10.1.0.1', 7000);
  const web = new Talk(t, '10.3.0.1', 80);
  for (const line of ['1', '2', '3']) t.equal(await count.say('more'), line);
  t.equal(await web.say('through the balancer'), 'through the balancer');
  const lease = await leaseOf('02:00:00:00:00:01');
  t.match(lease, /^10\.2\.0\.1\d\d$/);
  const leased = new Date().toISOString();

  const taken = await checkpoint('count');
  t.same([...taken.hosts].sort(), ['host1', 'host2']);
  await checkpoint('balancer');

  await t.test('a counter, with lines since the checkpoint, on another host', async (t) => {
    for (const line of ['4', '5']) t.equal(await count.say('more'), line);
    const restored = await restore('count', '--to', 'host2');
    t.match(restored, { host: 'host2', checkpoint: { id: taken.id } });
    t.comment(`restored in ${restored.restoreMs} ms, down ${restored.downMs} ms`);
    t.match(restored.loss, { connections: 1, behind: 1 });
    t.equal(await count.say('more'), '4', 'the count of the checkpoint, on the same connection');
    t.match(vnfResource.parse(await json('vnf', 'show', 'count')), {
      state: 'serving',
      host: 'host2',
    });
  });

  await t.test('haproxy goes on with both of its connections', async (t) => {
    const { loss, downMs, restoreMs } = await restore('balancer', '--to', 'host1');
    t.comment(`restored in ${restoreMs} ms, down ${downMs} ms`);
    t.match(loss, { connections: 2, behind: 0 });
    t.equal(await web.say('and again'), 'and again');
  });

  await t.test('dnsmasq on another host knows its leases', async (t) => {
    await takenSince(leased);
    t.equal((await restore('leases', '--to', 'host2')).host, 'host2');
    t.equal(await leaseOf('02:00:00:00:00:01'), lease);
    t.not(await leaseOf('02:00:00:00:00:02'), lease);
  });

  await t.test('0R: killed -9, it comes back by itself where it was', async (t) => {
    await checkpoint('count');
    for (const line of ['5', '6']) t.equal(await count.say('more'), line);
    process.kill(await pidOf('count'), 'SIGKILL');
    const recovery = await recoveryOf('count', 1);
    t.comment(JSON.stringify({ ...recovery.recovery, ...recovery.stepsMs }));
    t.match(recovery, { state: 'completed', srcHost: 'host2', destHost: 'host2' });
    t.match(recovery.recovery, { mechanism: '0R', fault: 'processExit' });
    t.match(recovery.recovery.lostState, /since checkpoint c-.*; 1 of 1 TCP connections lack/);
    t.equal(await count.say('more'), '5', 'on the same connection');
  });

  await t.test('0R: its link is down, it comes back on the other host', async (t) => {
    await checkpoint('count');
    // Of s1's ports in the order of the file, the eighth is host2's on the counter's network.
    await run('ip', ['link', 'set', 's1-eth8', 'down']);
    const recovery = await recoveryOf('count', 2);
    t.comment(JSON.stringify({ ...recovery.recovery, ...recovery.stepsMs }));
    t.match(recovery, { state: 'completed', srcHost: 'host2', destHost: 'host1' });
    t.equal(await count.say('more'), '6', 'on the same connection');
    await run('ip', ['link', 'set', 's1-eth8', 'up']);
  });

  await t.test('1R-AS: killed -9, what waits on the other host takes over', async (t) => {
    const { id } = await checkpoint('balancer');
    await readyOn('balancer', 'host2', id);
    t.equal(await web.say('before'), 'before');
    process.kill(await pidOf('balancer'), 'SIGKILL');
    const recovery = await recoveryOf('balancer', 1);
    t.comment(JSON.stringify({ ...recovery.recovery, ...recovery.stepsMs }));
    t.match(recovery, { state: 'completed', srcHost: 'host1', destHost: 'host2' });
    t.match(recovery.recovery, { mechanism: '1R-AS', fault: 'processExit' });
    t.match(recovery.recovery.lostState, /since checkpoint c-.*; 2 of 2 TCP connections lack/);
    t.equal(await web.say('after'), 'after', 'on the same connection');
    await readyOn('balancer', 'host1', id);
  });

  const down = await ferry('lab', 'down');
  t.equal(down.code, 0, down.stderr);
  t.same(await machine(), before, 'nothing is left');
});
