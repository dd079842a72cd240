import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { encode, flowMod, helloFor } from '../../../sdn-app/openflow/index.js';
import { tlsFiles, type TlsFiles } from '../../../sdn-app/switch/index.js';
import { Certificates, type Identity } from './certificates.js';
import { startController } from './controller.js';
import { PrivateOvs, whyNoOvs } from './private-ovs.js';

const CONNECT_MS = 30_000;

t.test('TLS', { timeout: 240_000 }, async (t) => {
  const made = await Certificates.make(t);
  const authority = await made.issue('authority');
  const own = await made.issue('controller', authority);
  const known = await made.issue('switch', authority);
  const stranger = await made.issue('stranger');

  const files: TlsFiles = { ...own, ca: authority.cert, requireClientCert: true };
  const credentials = ({ key, cert }: Identity) => ({
    key: readFileSync(key),
    cert: readFileSync(cert),
    ca: readFileSync(authority.cert),
  });
  const trusting = { ca: readFileSync(authority.cert) };

  await t.test('a switch with a certificate of the authority is served', async (t) => {
    const controller = await startController(t, {}, { tls: files });
    const { session } = await controller.join({ tls: credentials(known) });
    await session.barrier();
    t.same(await session.commit([flowMod({ match: [], instructions: [] })]), { bundle: true });
  });

  const refused = {
    'no certificate': { ...trusting },
    'a certificate of a stranger': credentials(stranger),
    'TLS 1.1': {
      ...credentials(known),
      maxVersion: 'TLSv1.1' as const,
      minVersion: 'TLSv1' as const,
      ciphers: 'DEFAULT:@SECLEVEL=0',
    },
  };
  for (const [what, tls] of Object.entries(refused)) {
    await t.test(`${what} is refused, counted and told`, async (t) => {
      const controller = await startController(t, {}, { tls: files });
      const told = once(controller.registry, 'refused');
      const fake = controller.fake({ tls });
      const [peer, reason, detail] = (await told) as [string, string, string];
      await fake.closed;
      t.match(peer, /^127\.0\.0\.1:\d+$/);
      t.equal(reason, 'tlsFailed');
      t.not(detail, '');
      t.same(controller.registry.sessions, []);
      t.equal(controller.registry.closed.tlsFailed, 1);
    });
  }

  await t.test('a client that speaks plain OpenFlow is refused', async (t) => {
    const controller = await startController(t, {}, { tls: files });
    const { session } = await controller.join({ tls: credentials(known) });
    const plain = connect(controller.listener.port, '127.0.0.1');
    plain.on('error', () => undefined).resume();
    plain.write(encode(helloFor()));
    await once(plain, 'close');
    await controller.counted('tlsFailed');
    await session.barrier();
  });

  await t.test('one that says nothing at all is given up', async (t) => {
    const controller = await startController(t, { handshakeMs: 200 }, { tls: files });
    const silent = connect(controller.listener.port, '127.0.0.1');
    silent.on('error', () => undefined).resume();
    await once(silent, 'close');
    await controller.counted('tlsFailed');
  });

  await t.test('closing does not wait for a handshake that never ends', async (t) => {
    const controller = await startController(t, {}, { tls: files });
    const silent = connect(controller.listener.port, '127.0.0.1');
    silent.on('error', () => undefined).resume();
    await once(silent, 'connect');
    await controller.listener.close();
    await once(silent, 'close');
  });

  await t.test('without client certificates, if that is wished', async (t) => {
    const tls = { ...own, requireClientCert: false };
    const controller = await startController(t, {}, { tls });
    const { session } = await controller.join({ tls: trusting });
    await session.barrier();
  });

  const text = join(made.folder, 'text.pem');
  writeFileSync(text, 'no certificate');
  const wrong: Record<string, [Partial<TlsFiles>, string, RegExp]> = {
    'a certificate that is not there': [{ cert: '/nowhere.pem' }, 'cert', /\/nowhere\.pem/],
    'a key that is not there': [{ key: '/nowhere.key' }, 'key', /\/nowhere\.key/],
    'a certificate that is none': [{ cert: text }, 'cert', /text\.pem contains no certificate/],
    'a key that is none': [{ key: text }, 'key', /text\.pem/],
    'an authority that is none': [{ ca: text }, 'ca', /text\.pem/],
    'the key of another': [{ key: known.key }, 'key', /switch\.key is not the key/],
    'a key with a passphrase': [{ key: await made.encrypted(own) }, 'key', /encrypted\.key/],
    'an expired certificate': [{ cert: await made.expired(own) }, 'cert', /expired on/],
    'no authority': [{ ca: undefined }, 'ca', /no ca is given/],
  };
  for (const [what, [change, field, message]] of Object.entries(wrong)) {
    await t.test(`${what} is said at the start`, async (t) => {
      await t.rejects(startController(t, {}, { tls: { ...files, ...change } }), {
        code: 'TLS_INVALID',
        field: `openflow.tls.${field}`,
        message,
      });
    });
  }

  await t.test('client certificates are required unless told otherwise', (t) => {
    t.equal(tlsFiles.parse({ cert: 'a', key: 'b' }).requireClientCert, true);
    t.end();
  });

  await t.test('a real Open vSwitch', { skip: whyNoOvs() ?? false }, async (t) => {
    const controller = await startController(t, {}, { tls: files });
    const ovs = await PrivateOvs.start();
    t.teardown(() => ovs.stop());
    const tls = { ...known, ca: authority.cert };
    await ovs.addBridge('fyktls0', 0xf1c001n, controller.listener.port, tls);
    const session = await controller.registry.waitFor(0xf1c001n, CONNECT_MS);
    t.match(session.description, { manufacturer: 'Nicira, Inc.' });
    await session.commit([flowMod({ cookie: 7n, match: [], instructions: [] })]);
    t.equal((await session.flows({ cookie: 7n, cookieMask: 0xffn })).length, 1);
    t.match(await ovs.vsctl('get', 'controller', 'fyktls0', 'target'), /^"ssl:/);
  });
});
