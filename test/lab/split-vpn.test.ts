// One tunnel of a VPN concentrator moves to another instance while both tunnels are in use, and back,
// by hand and by load: nothing lost, doubled or reordered by ordinary programs at either end.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { FerryApi } from '../../sdn-app/cli/api.js';
import { labStatus } from '../../sdn-app/cli/lab/status.js';
import { packagePath } from '../../sdn-app/cli/paths.js';
import { cannotRunLab, ferry } from './ferry-command.js';

const skip = cannotRunLab();
const TOPOLOGY = packagePath('topologies/vpn-split.yaml');
const LAB = 'fys-vpn';
const PATIENCE_MS = 30_000;

/** Sends back what comes, until the file is there and nothing more comes. */
const SERVER = `
import os, socket, sys
end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
end.bind(("0.0.0.0", 7000))
end.settimeout(3)
while True:
    try:
        data, sender = end.recvfrom(2048)
        end.sendto(data, sender)
    except socket.timeout:
        if os.path.exists(sys.argv[1] + "/stop"): break
`;

/** Sends numbers until the file is there; tells what came back, and how. */
const CLIENT = `
import json, os, socket, sys, threading, time
directory, name, to = sys.argv[1:]
end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
end.connect((to, 7000))
end.settimeout(2)
while True:  # until everybody on the way knows the next
    end.send(b"hello")
    try:
        end.recv(2048)
        break
    except (socket.timeout, ConnectionError): pass
came = []
over = False
def receive():
    while True:
        try:
            data = end.recv(2048)
            if len(data) > 400: came.append(int.from_bytes(data[:8], "big"))
        except socket.timeout:
            if over: return
receiver = threading.Thread(target=receive)
receiver.start()
sent, begin = 0, time.monotonic()
while not os.path.exists(directory + "/stop"):
    while sent < (time.monotonic() - begin) * 400:
        end.send(sent.to_bytes(8, "big") + bytes(400))
        sent += 1
        if sent % 20 == 0: time.sleep(0.001)
    time.sleep(0.002)
    open(directory + "/sending-" + name, "w").close()
over = True
receiver.join()
late = sum(1 for one, other in zip(came, came[1:]) if other < one)
print(json.dumps({"sent": sent, "lost": sent - len(set(came)),
                  "doubled": len(came) - len(set(came)), "reordered": late}))
`;

t.test('a tunnel moves away and back under load', { skip, timeout: 180_000 }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'fys-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const file = join(directory, 'vpn.yaml');
  await writeFile(
    file,
    (await readFile(TOPOLOGY, 'utf8')).replace('name: vpn-split', `name: ${LAB}`),
  );
  t.teardown(async () => {
    const { stdout } = await ferry('lab', 'status', '--json');
    if (stdout.includes(`"topology": "${LAB}"`)) await ferry('lab', 'down');
  });
  const up = await ferry('lab', 'up', file);
  t.equal(up.code, 0, up.stderr);
  const { url } = await labStatus();
  const api = new FerryApi(url);
  const python = (host: string, program: string, ...words: string[]) =>
    ferry('lab', 'exec', host, '--', 'python3', '-c', program, directory, ...words);
  t.teardown(() => writeFile(join(directory, 'stop'), ''));
  const servers = ['servera', 'serverb'].map((host) => python(host, SERVER));
  const clients = [
    python('clienta', CLIENT, 'a', '10.2.0.10'),
    python('clientb', CLIENT, 'b', '10.3.0.10'),
  ];
  for (const name of ['a', 'b']) t.ok(await appears(join(directory, `sending-${name}`)), name);
  const move = (to: string, flows: string) =>
    ferry('migrate', 'vpn1', '--to', to, '--flows', flows, '--wait', '--json', '--url', url);

  const unknown = await move('host2', 'spi=5');
  t.match(unknown.stderr, /FLOWS_UNSUPPORTED/);
  const there = await move('host2', 'spi=4098');
  t.equal(there.code, 0, there.stdout + there.stderr);
  const { host, parts } = await api.vnf('vpn1');
  t.match({ host, parts }, { host: 'host1', parts: [{ flows: 'spi=4098', host: 'host2' }] });
  const back = await move('host1', 'src=10.0.128.0/17');
  t.equal(back.code, 0, back.stdout + back.stderr);
  t.same((await api.vnf('vpn1')).parts, [], 'the same part by another name');
  for (const instances of ['2', '1']) {
    const scaled = await ferry('scale', 'vpn1', '--instances', instances, '--wait', '--url', url);
    t.equal(scaled.code, 0, scaled.stdout + scaled.stderr);
    t.equal((await api.vnf('vpn1')).parts.length, Number(instances) - 1, 'a tunnel each');
  }

  await writeFile(join(directory, 'stop'), '');
  for (const { stdout, stderr } of await Promise.all(clients)) {
    const { sent, ...faults } = JSON.parse(stdout || '{}') as Record<string, number>;
    t.ok((sent ?? 0) > 100, stderr);
    t.same(faults, { lost: 0, doubled: 0, reordered: 0 });
  }
  await Promise.all(servers);
});

async function appears(file: string): Promise<boolean> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    if ((await readFile(file).catch(() => undefined)) !== undefined) return true;
    await sleep(50);
  }
  return false;
}
