import { once } from 'node:events';
import t from 'tap';
import { SwitchRegistry, listenForSwitches } from '../../../sdn-app/switch/index.js';
import { startController } from './controller.js';

t.test('the same switch anew: the newest connection wins, the old one is closed', async (t) => {
  const controller = await startController(t);
  const { registry } = controller;
  const { fake: old, session: oldSession } = await controller.join({ dpid: 7n });
  const events: string[] = [];
  registry.on('disconnected', (session, reason) => {
    events.push(`${session === oldSession ? 'old' : 'new'} ${reason}`);
  });
  registry.on('connected', () => events.push('connected'));
  const { session } = await controller.join({ dpid: 7n });
  t.same(events, ['old replaced', 'connected']);
  t.not(session, oldSession);
  t.equal(registry.get(7n), session);
  await old.closed;
  t.equal(registry.get(7n), session, 'the end of the old one takes nothing away');
  t.notOk(oldSession.connected);
});

t.test('waitFor: present, coming, and not coming', async (t) => {
  const controller = await startController(t);
  const { registry } = controller;
  const coming = [registry.waitFor(7n, 60_000), registry.waitFor(7n, 60_000)];
  const { session } = await controller.join({ dpid: 7n });
  t.same(await Promise.all(coming), [session, session]);
  t.equal(await registry.waitFor(7n, 0), session);
  await t.rejects(registry.waitFor(8n, 20), {
    code: 'SWITCH_NOT_CONNECTED',
    message: /0000000000000008/,
  });
});

t.test('a switch that leaves is gone', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join({ dpid: 7n });
  const gone = once(controller.registry, 'disconnected');
  fake.end();
  t.match(await gone, [session, 'peerClosed']);
  t.equal(controller.registry.get(7n), undefined);
  t.equal(controller.registry.closed.peerClosed, 1);
});

t.test('closing the listener ends every connection', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  const early = controller.fake();
  early.intercept = () => true;
  await early.got('hello');
  const closed = once(session, 'closed');
  await controller.listener.close();
  t.match(await closed, ['shutdown']);
  await Promise.all([fake.closed, early.closed]);
});

t.test('a port in use and an address of others are coded errors', async (t) => {
  const { listener } = await startController(t);
  const { port } = listener;
  await t.rejects(listenForSwitches({ address: '127.0.0.1', port }, new SwitchRegistry()), {
    code: 'PORT_IN_USE',
    field: 'openflow.port',
    message: new RegExp(String(port)),
  });
  await t.rejects(listenForSwitches({ address: '192.0.2.1', port: 0 }, new SwitchRegistry()), {
    code: 'CONFIG_INVALID',
    field: 'openflow.address',
  });
});
