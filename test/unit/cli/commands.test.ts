// Commands as scripts meet them: exit codes, what is on stdout, what is on stderr.
import t from 'tap';
import { fakeController, ferry, ferryUnread, problem } from './fake-controller.js';
import { sampleMigration, sampleVnf } from './sample.js';

const running = { ...sampleMigration(), state: 'synchronising', endedAt: null };

t.test('lists and single resources, as table and as JSON', async (t) => {
  const controller = await fakeController({
    'GET /v1/vnfs': { body: [sampleVnf()] },
    'GET /v1/vnfs/nat1': { body: sampleVnf() },
    'GET /v1/migrations': { body: [sampleMigration()] },
    'GET /v1/migrations/m-0123abcd': { body: sampleMigration() },
  });
  t.teardown(controller.close);
  for (const words of [
    ['vnf', 'list'],
    ['vnf', 'show', 'nat1'],
    ['migrations', 'list'],
    ['migrations', 'show', 'm-0123abcd'],
  ]) {
    const text = await ferry(controller.url, ...words);
    t.equal(text.code, 0, words.join(' '));
    t.match(text.stdout, /nat1/);
    const json = await ferry(controller.url, ...words, '--json');
    t.doesNotThrow(() => void JSON.parse(json.stdout), 'one document on stdout');
    t.equal(json.stderr, '');
  }
});

t.test('a reader that goes away before anything is said', async (t) => {
  const controller = await fakeController({ 'GET /v1/vnfs': { body: [sampleVnf()] } });
  t.teardown(controller.close);
  t.match(await ferryUnread(controller.url, 'vnf', 'list'), { code: 0, stderr: /^code 0\n$/ });
});

t.test('the network as found', async (t) => {
  const place = { dpid: '0000000000000001', switch: 's1', port: 1, portName: 's1-eth1' };
  const ports = [{ port: 1, name: 's1-eth1', role: 'edge' }];
  const [mac, other] = ['00:00:00:00:00:01', '00:00:00:00:00:02'];
  const hops = [{ dpid: place.dpid, switch: 's1', inPort: 1, outPort: 7 }];
  const switches = [{ dpid: place.dpid, name: 's1', connected: true, ports, hosts: 1 }];
  const links = [{ from: place, to: { ...place, switch: 's2' }, state: 'oneWay' }];
  const hosts = [{ mac, ipv4: '10.0.0.1', at: place, ageMs: 5 }];
  const query = `from=${encodeURIComponent(mac)}&to=${encodeURIComponent(other)}`;
  const controller = await fakeController({
    'GET /v1/network/switches': { body: switches },
    'GET /v1/network/links': { body: links },
    'GET /v1/network/hosts': { body: hosts },
    [`GET /v1/network/path?${query}`]: { body: { from: mac, to: other, hops } },
  });
  t.teardown(controller.close);
  const text = await ferry(controller.url, 'network', 'show');
  t.match(text, { code: 0, stdout: /s1 s1-eth1.*s2 s1-eth1.*one way.*10\.0\.0\.1/s });
  const json = await ferry(controller.url, 'network', 'show', '--json');
  t.same(JSON.parse(json.stdout), { switches, links, hosts });
  t.match(await ferry(controller.url, 'network', 'path', mac, other), { code: 0, stdout: /7/ });
});

t.test('migrate without --wait only starts it', async (t) => {
  const controller = await fakeController({
    'GET /v1/vnfs/nat1': { body: sampleVnf() },
    'POST /v1/migrations': { status: 202, body: running },
  });
  t.teardown(controller.close);
  const said = await ferry(controller.url, 'migrate', 'nat1', '--to', 'host2');
  t.equal(said.code, 0);
  t.match(said.stdout, /m-0123abcd/);
  t.ok(
    controller.requests.includes(
      'POST /v1/migrations {"vnf":"nat1","to":"host2","strategy":"statelet"}',
    ),
  );
});

for (const [state, code] of [
  ['completed', 0],
  ['rolledBack', 3],
  ['failed', 4],
] as const) {
  t.test(`migrate --wait ends with ${code} when it is ${state}`, async (t) => {
    const controller = await fakeController({
      'GET /v1/vnfs/nat1': { body: sampleVnf() },
      'POST /v1/migrations': { status: 202, body: running },
      'GET /v1/migrations/m-0123abcd': [
        { body: running },
        { body: { ...sampleMigration(), state, reason: 'so it was' } },
      ],
    });
    t.teardown(controller.close);
    const said = await ferry(controller.url, 'migrate', 'nat1', '--to', 'host2', '--wait');
    t.equal(said.code, code);
    t.match(said.stdout, new RegExp(`${state} \\(so it was\\)`));
    t.match(said.stderr, /m-0123abcd: synchronising/, 'progress is on stderr');
  });
}

t.test('a refusal is told with its code, field and advice', async (t) => {
  const controller = await fakeController({
    'GET /v1/vnfs/nat9': problem(404, 'VNF_UNKNOWN', 'no VNF nat9', 'name'),
  });
  t.teardown(controller.close);
  const text = await ferry(controller.url, 'vnf', 'show', 'nat9');
  t.equal(text.code, 1);
  t.equal(
    text.stderr,
    'error VNF_UNKNOWN: no VNF nat9 (name) -> Use a name from `ferry vnf list`.\n',
  );
  const json = await ferry(controller.url, 'vnf', 'show', 'nat9', '--json');
  t.equal(json.code, 1);
  t.match(JSON.parse(json.stderr), { error: { code: 'VNF_UNKNOWN', field: 'name' } });
  t.equal(json.stdout, '');
});

t.test('answers that no controller gives', async (t) => {
  const controller = await fakeController({
    'GET /v1/vnfs': { body: [{ name: 'nat1' }] },
    'GET /v1/migrations': { status: 502, body: 'no' },
  });
  t.teardown(controller.close);
  t.match(await ferry(controller.url, 'vnf', 'list'), { code: 1, stderr: /error INTERNAL/ });
  t.match(await ferry(controller.url, 'migrations', 'list'), {
    code: 1,
    stderr: /error CONTROLLER_UNREACHABLE: .*502/,
  });
});

t.test('no controller at all', async (t) => {
  t.match(await ferry('http://127.0.0.1:1', 'vnf', 'list'), {
    code: 1,
    stderr: /error CONTROLLER_UNREACHABLE: http:\/\/127\.0\.0\.1:1/,
  });
  t.match(await ferry('file:///etc', 'vnf', 'list'), { code: 1, stderr: /error CONFIG_INVALID/ });
});

t.test('wrong command lines end with 2 and change nothing', async (t) => {
  for (const words of [
    ['frob'],
    ['vnf', 'show'],
    ['migrate', 'nat1'],
    ['vnf', 'list', '--frob'],
    ['lab', 'up'],
  ]) {
    const text = await ferry('http://127.0.0.1:1', ...words);
    t.equal(text.code, 2, words.join(' '));
    t.match(text.stderr, /^error CONFIG_INVALID: .* -> See --help\.$/m);
    const json = await ferry('http://127.0.0.1:1', ...words, '--json');
    t.equal(json.code, 2);
    t.match(JSON.parse(json.stderr), { error: { code: 'CONFIG_INVALID' } });
  }
});

t.test('every command has help with an example and its exit codes', async (t) => {
  const commands = [
    ['lab', 'up'],
    ['lab', 'down'],
    ['lab', 'status'],
    ['lab', 'exec'],
    ['vnf', 'list'],
    ['vnf', 'show'],
    ['migrate'],
    ['migrations', 'list'],
    ['migrations', 'show'],
    ['watch'],
    ['network', 'show'],
    ['network', 'path'],
    ['topology', 'check'],
    ['openflow', 'print'],
    ['openflow', 'encode'],
    ['controller'],
    ['agent'],
  ];
  const helps = await Promise.all(
    commands.map((words) => ferry('http://127.0.0.1:1', ...words, '--help')),
  );
  helps.forEach((help, index) => {
    const name = (commands[index] ?? []).join(' ');
    t.equal(help.code, 0, name);
    t.match(help.stdout, new RegExp(`Example:\n  ferry ${name}`), name);
    t.match(help.stdout, /Exit codes:\n {2}0 done, 1 error, 2 wrong command line/, name);
    t.match(help.stdout, /--json/, name);
  });
});
