// An IDS that moves while an attack is half way through it: real TCP, real switch, real processes.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { z } from 'zod';
import { packagePath } from '../../sdn-app/cli/paths.js';
import { cannotRunLab, ferry, type Said } from './ferry-command.js';
import { machine } from './machine.js';

const skip = cannotRunLab();
const TOPOLOGY = packagePath('topologies/ids-migration.yaml');
const LAB = 'fyi-ids';
const PATIENCE_MS = 30_000;

/** Takes one connection on each port and keeps what came, until it ends or nothing more comes. */
const SERVER = `
import select, socket, sys
directory, ports = sys.argv[1], [int(port) for port in sys.argv[2:]]
listening = {}
for port in ports:
    listener = socket.create_server(("203.0.113.10", port))
    listening[listener] = port
open(directory + "/listening", "w").close()
ends = {}
while listening or ends:
    ready, _, _ = select.select(list(listening) + list(ends), [], [], 60)
    if not ready: break
    for one in ready:
        if one in listening:
            ends[one.accept()[0]] = listening.pop(one)
        else:
            data = one.recv(4096)
            open(directory + "/got-%d" % ends[one], "ab").write(data)
            if not data: del ends[one]
`;

/** Sends the first half, waits for a file, sends the second. */
const CLIENT = `
import os, socket, sys, time
directory, port, first, second = sys.argv[1], int(sys.argv[2]), *map(os.fsencode, sys.argv[3:5])
first, second = (part.decode("unicode_escape").encode("latin1") for part in (first, second))
end = socket.create_connection(("203.0.113.10", port), timeout=20)
end.sendall(first)
open(directory + "/half-%d" % port, "w").close()
for _ in range(3000):
    if os.path.exists(directory + "/go"): break
    time.sleep(0.02)
end.sendall(second)
time.sleep(1)
`;

const alerts = z.array(z.object({ alert: z.object({ signature_id: z.number() }) }));

t.test('an attack split over the switchover is found', { skip, timeout: 180_000 }, async (t) => {
  const before = await machine();
  const directory = await mkdtemp(join(tmpdir(), 'fyi-'));
  t.teardown(() => rm(directory, { recursive: true }));
  t.teardown(async () => {
    const { stdout } = await ferry('lab', 'status', '--json');
    if (stdout.includes(`"topology": "${LAB}"`)) await ferry('lab', 'down');
  });
  const eve = join(directory, 'eve.json');
  const text = (await readFile(TOPOLOGY, 'utf8'))
    .replace('name: ids-migration', `name: ${LAB}`)
    .replace('/run/ferry/ids1-eve.json', eve);
  const file = join(directory, 'ids.yaml');
  await writeFile(file, text);
  const up = await ferry('lab', 'up', file);
  t.equal(up.code, 0, up.stderr);

  const python = (host: string, program: string, ...words: string[]): Promise<Said> =>
    ferry('lab', 'exec', host, '--', 'python3', '-c', program, directory, ...words);
  const found = async (
    name: string,
    holds: (text: string) => boolean = () => true,
  ): Promise<boolean> => {
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline) {
      const content = await readFile(join(directory, name), 'latin1').catch(() => undefined);
      if (content !== undefined && holds(content)) return true;
      await sleep(50);
    }
    return false;
  };

  const server = python('server', SERVER, '80', '21');
  t.ok(await found('listening'));
  const read = python('client', CLIENT, '80', 'GET /a/../../etc/pas', 'swd HTTP/1.1\\r\\n\\r\\n');
  const login = python('client', CLIENT, '21', 'USER ro', 'ot\\r\\n');
  t.ok(await found('half-80'));
  t.ok(await found('half-21'));
  t.ok(await found('got-80', (bytes) => bytes.endsWith('etc/pas')), 'the first half is through');
  t.ok(await found('got-21', (bytes) => bytes === 'USER ro'));

  const moved = await ferry('migrate', 'ids1', '--to', 'host2', '--wait', '--json');
  t.equal(moved.code, 0, moved.stderr);
  await writeFile(join(directory, 'go'), '');

  t.ok(await found('got-80', (bytes) => bytes.endsWith('\r\n\r\n')), 'an alert lets it through');
  const ids = () => readFile(eve, 'utf8').then((lines) => lines.trim().split('\n').map(signature));
  t.ok(await found('eve.json', (lines) => lines.split('\n').length > 2), 'both are told');
  t.same((await ids()).sort(), [9_000_001, 9_000_003], 'each once');
  await Promise.all([read, login]);
  t.equal(await readFile(join(directory, 'got-21'), 'latin1'), 'USER ro', 'a drop rule stops it');

  const down = await ferry('lab', 'down');
  t.equal(down.code, 0, down.stderr);
  await server;
  t.same(await machine(), before, 'nothing is left');
});

function signature(line: string): number {
  const [entry] = alerts.parse([JSON.parse(line)]);
  return entry?.alert.signature_id ?? 0;
}
