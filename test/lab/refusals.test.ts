// What makes a lab impossible is found before anything is made.
import { createServer } from 'node:net';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { cannotRunLab, ferry, ferryUnder, run, smallLabFile, type Said } from './ferry-command.js';
import { machine } from './machine.js';

const skip = cannotRunLab();

const fault = (said: Said): { code: string; field?: string | undefined } =>
  z
    .object({ error: z.object({ code: z.string(), field: z.string().optional() }) })
    .parse(JSON.parse(said.stderr.trim().split('\n').at(-1) ?? '')).error;

t.test('refusals', { skip }, async (t) => {
  const before = await machine();
  const file = await smallLabFile(t);
  const up = (...options: string[]): Promise<Said> =>
    ferry('lab', 'up', file, '--json', ...options);
  const refusal = (name: string, body: (t: Test) => Promise<void>): Promise<unknown> =>
    t.test(name, async (t) => {
      await body(t);
      t.same(await machine(), before, 'nothing is changed');
    });

  await refusal('not root', async (t) => {
    const said = await ferryUnder(['unshare', '--user'], ['lab', 'up', file, '--json']);
    t.equal(said.code, 1);
    t.equal(fault(said).code, 'NOT_ROOT');
  });

  await refusal('a port in use, whichever it is', async (t) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = String(typeof address === 'object' ? address?.port : '');
    for (const option of ['--openflow-port', '--http-port']) {
      const said = await up(option, port);
      t.equal(said.code, 1);
      t.match(fault(said), { code: 'PORT_IN_USE', field: option });
    }
    server.close();
  });

  await refusal('Open vSwitch or Mininet missing', async (t) => {
    const said = await ferryUnder(['env', 'PATH=/nonexistent'], ['lab', 'up', file, '--json']);
    t.equal(said.code, 1);
    t.match(fault(said), { code: 'TOOL_MISSING', field: 'openvswitch-switch' });
  });

  await refusal('a wrong command line', async (t) => {
    t.equal((await up('--http-port', '70000')).code, 2);
    t.equal((await ferry('lab', 'up')).code, 2);
  });
});

t.test('an interface with a name that the lab needs', { skip }, async (t) => {
  const file = await smallLabFile(t);
  await run('ip', ['link', 'add', 'fyls1-eth2', 'type', 'veth', 'peer', 'name', 'fylpeer']);
  t.teardown(() => run('ip', ['link', 'del', 'fyls1-eth2']));
  const before = await machine();
  const said = await ferry('lab', 'up', file, '--json');
  t.equal(said.code, 1);
  t.match(fault(said), { code: 'LAB_NAME_IN_USE', field: 'fyls1-eth2' });
  t.same(await machine(), before, 'it is still there, and nothing else');
});
