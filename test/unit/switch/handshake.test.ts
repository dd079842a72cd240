import { once } from 'node:events';
import t from 'tap';
import {
  echoRequest,
  encode,
  featuresReply,
  helloElement,
  hello,
  packetIn,
  portStatus,
} from '../../../sdn-app/openflow/index.js';
import { formatDpid } from '../../../sdn-app/switch/index.js';
import { startController } from './controller.js';
import { fakePort, plainHello } from './fake-switch.js';

for (const bytewise of [false, true]) {
  t.test(`a switch is known after the handshake${bytewise ? ', byte by byte' : ''}`, async (t) => {
    const controller = await startController(t);
    const { fake, session } = await controller.join({ dpid: 0xab_0000_0000_0001n, bytewise });
    t.equal(formatDpid(session.dpid), '00ab000000000001');
    t.match(session.description, { manufacturer: 'Ferry', software: '1.0', datapath: 'fake' });
    t.same(
      session.portNumbers,
      new Map([
        ['s1-eth1', 1],
        ['s1-eth2', 2],
      ]),
    );
    t.equal(session.ports.length, 3, 'both parts of the answer');
    t.equal(session.bundles, null, 'nobody asked yet');
    t.equal(controller.registry.get(session.dpid), session);
    t.same(fake.types().slice(0, 2), ['hello', 'featuresRequest']);
    const xids = fake.received.map(({ xid }) => xid);
    t.equal(new Set(xids).size, xids.length, 'each request has its own xid');
    t.notOk(xids.includes(0));
  });
}

const bitmap = (...versions: number[]) => {
  const bits = versions.reduce((sum, version) => sum + 2 ** version, 0);
  return helloElement.make.versionBitmap({ bitmaps: [bits] });
};

const helloCases = {
  'the header alone says 1.3': [plainHello(4), true],
  'the header says more, which covers 1.3': [plainHello(6), true],
  'the bitmap has 1.3 among others': [hello({ version: 6, elements: [bitmap(1, 4, 6)] }), true],
  'the header says 1.0': [plainHello(1), false],
  'the bitmap lacks 1.3': [hello({ version: 5, elements: [bitmap(1, 5)] }), false],
} as const;

for (const [what, [greeting, accepted]] of Object.entries(helloCases)) {
  t.test(`hello: ${what}`, async (t) => {
    const controller = await startController(t);
    if (accepted) {
      const { session } = await controller.join({ hello: greeting });
      t.ok(session.connected);
      return;
    }
    const fake = controller.fake({ hello: greeting });
    const refusal = await fake.got('error');
    t.same(refusal.error, { type: 'helloFailed', code: 'incompatible' });
    t.match(refusal.data.toString(), /OpenFlow 1\.3/);
    await fake.closed;
    t.equal(controller.registry.closed.versionRefused, 1);
    t.same(controller.registry.sessions, []);
  });
}

t.test('anything before hello ends the connection', async (t) => {
  const controller = await startController(t);
  const fake = controller.fake({
    hello: portStatus({ reason: 'add', port: fakePort(1, 'x') }) as never,
  });
  await fake.closed;
  t.equal(controller.registry.closed.protocolError, 1);
});

t.test('auxiliary connections are refused and disturb nobody', async (t) => {
  const controller = await startController(t);
  const { session } = await controller.join({ dpid: 5n });
  const auxiliary = controller.fake({ dpid: 5n, auxiliaryId: 1 });
  const refusal = await auxiliary.got('error');
  t.same(refusal.error, { type: 'helloFailed', code: 'permission' });
  t.match(refusal.data.toString(), /main connections only/);
  await auxiliary.closed;
  t.equal(controller.registry.closed.auxiliaryRefused, 1);
  t.equal(controller.registry.get(5n), session);
  t.ok(session.connected);
});

t.test('a switch that never ends the handshake is given up', async (t) => {
  const controller = await startController(t, { handshakeMs: 100 });
  const fake = controller.fake();
  fake.intercept = (message) => message.type === 'featuresRequest';
  await fake.closed;
  t.equal(controller.registry.closed.handshakeTimeout, 1);
});

t.test('so is one that leaves a single request of it unanswered', async (t) => {
  const controller = await startController(t, { requestMs: 100 });
  const fake = controller.fake();
  fake.intercept = (message) => message.type === 'multipartRequest';
  await fake.closed;
  t.equal(controller.registry.closed.handshakeTimeout, 1);
});

t.test('a wrong answer ends the connection', async (t) => {
  const controller = await startController(t);
  const fake = controller.fake();
  fake.intercept = (message) => {
    if (message.type !== 'multipartRequest') return false;
    const { xid } = message;
    fake.send(featuresReply({ xid, datapathId: 1n, tableCount: 1, capabilities: [] }));
    return true;
  };
  await fake.closed;
  t.equal(controller.registry.closed.protocolError, 1);
});

t.test('ports that change during the handshake are in the table', async (t) => {
  const controller = await startController(t);
  const connected = once(controller.registry, 'connected');
  const fake = controller.fake();
  fake.intercept = (message) => {
    if (message.type === 'multipartRequest' && message.body.kind === 'portDesc') {
      fake.send(
        portStatus({ reason: 'add', port: fakePort(3, 's1-eth3') }),
        portStatus({ reason: 'delete', port: fakePort(1, 's1-eth1') }),
      );
    }
    return false;
  };
  await connected;
  const [session] = controller.registry.sessions;
  t.same([...(session?.portNumbers.keys() ?? [])], ['s1-eth2', 's1-eth3']);
});

t.test('packets that come during the handshake are heard once the switch is known', async (t) => {
  const controller = await startController(t);
  const heard: number[] = [];
  controller.registry.on('packetIn', (_session, { xid }) => heard.push(xid));
  const connected = once(controller.registry, 'connected');
  const fake = controller.fake();
  const packet = (xid: number) =>
    packetIn({ xid, totalLength: 0, reason: 'noMatch', match: [], data: Buffer.alloc(0) });
  fake.intercept = (message) => {
    if (message.type === 'multipartRequest' && message.body.kind === 'portDesc') {
      fake.send(packet(1), packet(2));
      setImmediate(() => fake.send(packet(3)));
    }
    return false;
  };
  await connected;
  await controller.registry.sessions[0]?.barrier();
  t.same(heard, [1, 2, 3]);
});

t.test('a listener that throws ends neither the session nor the controller', async (t) => {
  const controller = await startController(t);
  const failed: [string, string, number][] = [];
  controller.registry.on('packetIn', () => {
    throw new TypeError('a defect');
  });
  controller.registry.on('listenerFailed', (_session, message, error, count) => {
    failed.push([message, String(error), count]);
  });
  const connected = once(controller.registry, 'connected');
  const fake = controller.fake();
  await connected;
  const data = Buffer.alloc(0);
  const packet = packetIn({ totalLength: 0, reason: 'noMatch', match: [], data });
  fake.send(packet, packet);
  await controller.registry.sessions[0]?.barrier();
  t.same(failed, [
    ['packetIn', 'TypeError: a defect', 1],
    ['packetIn', 'TypeError: a defect', 2],
  ]);
});

t.test('a flood of messages in the handshake ends the connection', async (t) => {
  const controller = await startController(t);
  const fake = controller.fake();
  const status = encode(portStatus({ reason: 'modify', port: fakePort(1, 's1-eth1') }));
  fake.intercept = (message) => {
    if (message.type !== 'multipartRequest') return false;
    fake.sendBytes(Buffer.concat(Array<Buffer>(5000).fill(status)));
    return true;
  };
  await fake.closed;
  t.equal(controller.registry.closed.protocolError, 1);
});

t.test('packets of a peer that is not yet known take no more than a megabyte', async (t) => {
  const controller = await startController(t);
  let heard = 0;
  controller.registry.on('packetIn', () => (heard += 1));
  const connected = once(controller.registry, 'connected');
  const fake = controller.fake();
  const data = Buffer.alloc(60_000);
  const packet = packetIn({ totalLength: data.length, reason: 'noMatch', match: [], data });
  fake.intercept = (message) => {
    if (message.type === 'multipartRequest' && message.body.kind === 'desc') {
      for (let count = 0; count < 100; count += 1) fake.send(packet);
    }
    return false;
  };
  await connected;
  await controller.registry.sessions[0]?.barrier();
  t.equal(heard, Math.floor(1_048_576 / data.length));
});

t.test('echo is answered before the switch is known too', async (t) => {
  const controller = await startController(t);
  const fake = controller.fake();
  fake.intercept = (message) => message.type === 'featuresRequest';
  fake.send(echoRequest({ xid: 77, data: Buffer.from('early') }));
  const answer = await fake.got('echoReply');
  t.equal(answer.xid, 77);
  t.equal(answer.data.toString(), 'early');
});
