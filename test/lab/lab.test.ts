// A lab from its beginning to its end: what it offers, what survives a kill -9, what is left.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { z } from 'zod';
import { labTraces, leftovers } from '../../sdn-app/cli/lab/leftovers.js';
import { cannotRunLab, ferry, removeSmallLab, smallLabFile, type Said } from './ferry-command.js';
import { machine } from './machine.js';

const skip = cannotRunLab();
const SWITCH_PID = '/var/run/openvswitch/ovs-vswitchd.pid';

const processStatus = z.object({ name: z.string(), pid: z.number(), alive: z.boolean() });
const statusDocument = z.object({
  phase: z.string(),
  kept: z.boolean(),
  topology: z.string(),
  url: z.string(),
  hosts: z.array(processStatus),
  programs: z.array(processStatus),
});

const parseStatus = (said: Said): z.infer<typeof statusDocument> =>
  statusDocument.parse(JSON.parse(said.stdout));

const errorCode = (said: Said): string =>
  z.object({ error: z.object({ code: z.string() }) }).parse(JSON.parse(said.stderr)).error.code;

/** Waits for a condition as long as a busy machine may need. */
async function until(holds: () => Promise<boolean>): Promise<boolean> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await holds()) return true;
    await sleep(100);
  }
  return false;
}

t.test('a lab', { skip }, async (t) => {
  const before = await machine();
  const file = await smallLabFile(t);
  t.teardown(removeSmallLab);

  const up = await ferry('lab', 'up', file, '--json');
  t.equal(up.code, 0, up.stderr);
  t.match(parseStatus(up), { phase: 'up', kept: true, topology: 'fyl-small' });
  const traces = await labTraces();

  await t.test('status names its hosts and programs', async (t) => {
    const status = parseStatus(await ferry('lab', 'status', '--json'));
    t.same(status.hosts.map(({ name }) => name).sort(), ['fyla', 'fylb', 'fylg']);
    t.same(status.programs.map(({ name }) => name).sort(), ['agent-fylg', 'controller']);
    t.ok([...status.hosts, ...status.programs].every(({ alive }) => alive));
    t.match((await ferry('lab', 'status')).stdout, /lab fyl-small/);
  });

  await t.test('exec runs inside a host and passes the exit code on', async (t) => {
    const said = await ferry('lab', 'exec', 'fyla', '--', 'sh', '-c', 'ip -o -4 addr; exit 7');
    t.equal(said.code, 7);
    t.match(said.stdout, /fyla-eth0 +inet 10\.97\.0\.1\/24/);
    t.notMatch(said.stdout, /fm-/, 'a host has no management link but an agent’s');
    t.equal((await ferry('lab', 'exec', 'fyla', '--', 'no-such-program')).code, 127);
    const unknown = await ferry('lab', 'exec', 'nobody', '--json', '--', 'true');
    t.equal(unknown.code, 125);
    t.equal(errorCode(unknown), 'HOST_UNKNOWN');
  });

  await t.test('interfaces count from 2 and have the addresses of the file', async (t) => {
    const { stdout } = await ferry('lab', 'exec', 'fylg', '--', 'ip', '-o', 'link');
    t.match(stdout, /^2: fylg-eth0@.* 02:fd:00:00:00:02 /m);
    t.match(stdout, /^3: fylg-eth1@.* 02:aa:bb:cc:dd:ee /m);
    t.match(stdout, /^4: fylg-mgmt@/m, 'management comes last');
    t.match(stdout, /^1: lo: <LOOPBACK,UP/m);
  });

  await t.test(
    'hosts of a network reach each other, and the agent host its controller',
    async (t) => {
      const ping = (host: string, address: string): Promise<Said> =>
        ferry('lab', 'exec', host, '--', 'ping', '-c', '1', '-W', '10', address);
      t.equal((await ping('fyla', '10.97.0.2')).code, 0);
      t.equal((await ping('fylb', '10.97.0.3')).code, 0);
      t.equal((await ping('fylg', '172.31.255.1')).code, 0);
    },
  );

  await t.test('a link with a rate is shaped in both directions, bulk behind data', async (t) => {
    const { stdout } = await ferry(
      'lab',
      'exec',
      'fylg',
      '--',
      'tc',
      '-s',
      'class',
      'show',
      'dev',
      'fylg-eth0',
    );
    t.match(stdout, /class htb 1:1 root rate 10Mbit ceil 10Mbit/);
    t.match(stdout, /class htb 1:20 parent 1:1 .*prio 1 rate 100Kbit ceil 10Mbit/, 'bulk');
    const other = await ferry(
      'lab',
      'exec',
      'fylg',
      '--',
      'tc',
      'qdisc',
      'show',
      'dev',
      'fylg-eth1',
    );
    t.notMatch(other.stdout, /htb/, 'a link without a rate is not');
  });

  await t.test('a second lab is refused', async (t) => {
    const second = await ferry('lab', 'up', file, '--json');
    t.equal(second.code, 1);
    t.equal(errorCode(second), 'LAB_RUNNING');
  });

  await t.test('a controller or agent that is killed starts again', async (t) => {
    for (const name of ['controller', 'agent-fylg']) {
      const program = parseStatus(await ferry('lab', 'status', '--json')).programs.find(
        (each) => each.name === name,
      );
      process.kill(program?.pid ?? 0, 'SIGKILL');
      const again = await until(async () => {
        const { programs } = parseStatus(await ferry('lab', 'status', '--json'));
        return programs.some(
          (each) => each.name === name && each.alive && each.pid !== program?.pid,
        );
      });
      t.ok(again, name);
    }
  });

  await t.test('down ends what runs in its hosts and leaves nothing', async (t) => {
    await ferry('lab', 'exec', 'fyla', '--', 'sh', '-c', 'setsid sleep 600 >/dev/null 2>&1 &');
    const down = await ferry('lab', 'down', '--json');
    t.equal(down.code, 0, down.stderr);
    t.same(await leftovers(traces), []);
    t.same(await machine(), before, 'interfaces, bridges, settings and OVS are as before');
    t.equal(errorCode(await ferry('lab', 'status', '--json')), 'LAB_NOT_RUNNING');
    t.equal(errorCode(await ferry('lab', 'down', '--json')), 'LAB_NOT_RUNNING');
  });
});

t.test('a lab whose own process was killed, and its switch', { skip }, async (t) => {
  const before = await machine();
  const ovsRanBefore = await readFile(SWITCH_PID, 'utf8').catch(() => undefined);
  const file = await smallLabFile(t);
  t.teardown(removeSmallLab);
  t.equal((await ferry('lab', 'up', file)).code, 0);
  const traces = await labTraces();
  const journal = z
    .object({ process: z.object({ pid: z.number() }) })
    .parse(JSON.parse(await readFile('/run/ferry/lab/state.json', 'utf8')));

  process.kill(journal.process.pid, 'SIGKILL');
  const noticed = await until(
    async () => !parseStatus(await ferry('lab', 'status', '--json')).kept,
  );
  t.ok(noticed, 'status says that nobody keeps it');
  t.equal(errorCode(await ferry('lab', 'up', file, '--json')), 'LAB_RUNNING');
  // One that others may use is let alone.
  if (ovsRanBefore === undefined) {
    process.kill(Number(await readFile(SWITCH_PID, 'utf8')), 'SIGKILL');
  }

  const down = await ferry('lab', 'down');
  t.equal(down.code, 0, down.stderr);
  t.same(await leftovers(traces), []);
  t.same(await machine(), before);
});
