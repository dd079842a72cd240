// Packs of made-up image files: whole, cut, damaged, on a full disk, sent to another host.
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { CheckpointStore } from '../../../../vnf-host/checkpoint/store.js';
import { receiveCheckpoint, sendCheckpoint } from '../../../../vnf-host/checkpoint/transfer.js';
import { until } from '../support/controller.js';
import { natSpec } from '../support/host.js';

const TOKEN = '0123456789abcdef'.repeat(2);
const quiet = () => undefined;
const dir = mkdtempSync(join(tmpdir(), 'fyc2-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));
let made = 0;

async function newStore(): Promise<CheckpointStore & { dir: string }> {
  const path = join(dir, `store${(made += 1)}`);
  const store = new CheckpointStore(path, quiet);
  mkdirSync(path);
  await store.prepare();
  return Object.assign(store, { dir: path });
}

/** Image files: one large and compressible, one empty, and criu's notes, which are not kept. */
function images(fill: number): string {
  const path = join(dir, `images${(made += 1)}`);
  mkdirSync(path);
  writeFileSync(join(path, 'pages-1.img'), Buffer.alloc(3_000_000, fill));
  writeFileSync(join(path, 'core-1.img'), Buffer.from([fill, 1, 2, 3]));
  writeFileSync(join(path, 'empty.img'), '');
  writeFileSync(join(path, 'dump.log'), 'not an image');
  return path;
}

function about(id: string, second: number) {
  const instance = 'nat1.00000001';
  const takenAt = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  return {
    info: {
      ...{ id, vnf: 'nat1', instance, host: 'host1', takenAt },
      ...{ role: 'serving' as const, frozenMs: 5, dumpMs: 50 },
    },
    ...{ spec: natSpec(instance, 'serving'), launch: TOKEN, criu: '4.2.1', kernel: '6.18' },
  };
}

const id = (n: number) => `c-0000000${n}`;

t.test('what was packed comes back byte for byte, compressed meanwhile', async (t) => {
  const store = await newStore();
  const from = images(7);
  const info = await store.add(from, about(id(1), 1), 3);
  t.equal(info.rawBytes, 3_000_004);
  t.ok(info.storedBytes < 100_000);
  t.same(await store.list(), [info]);
  t.same(await store.list('nat2'), []);
  await store.withWorkDir(async (to) => {
    const manifest = await store.fetch('nat1', undefined, to);
    t.match(manifest, { launch: TOKEN, info, spec: { id: 'nat1.00000001' } });
    t.same(readdirSync(to), ['core-1.img', 'empty.img', 'pages-1.img']);
    for (const name of readdirSync(to)) {
      t.ok(readFileSync(join(to, name)).equals(readFileSync(join(from, name))), name);
    }
  });
  t.same(readdirSync(store.dir), [`${id(1)}.checkpoint`]);
});

t.test('the newest ones are kept', async (t) => {
  const store = await newStore();
  for (const n of [1, 2, 3, 4]) await store.add(images(n), about(id(n), n), 2);
  t.same(
    (await store.list('nat1')).map((each) => each.id),
    [id(4), id(3)],
  );
});

t.test(
  'an old one that is fetched from another host stays, for the restore that wants it',
  async (t) => {
    const [from, to] = [await newStore(), await newStore()];
    await from.add(images(1), about(id(1), 1), 2);
    for (const n of [2, 3]) await to.add(images(n), about(id(n), n), 2);
    await to.takeIn(id(1), 2, (path) => copyFile(from.path(id(1)), path));
    t.match(await to.list(), [{ id: id(3) }, { id: id(2) }, { id: id(1) }]);
    await to.verify(id(1));
    await to.add(images(4), about(id(4), 4), 2);
    t.match(await to.list(), [{ id: id(4) }, { id: id(3) }], 'and goes with the next one');
  },
);

t.test('verified on request', async (t) => {
  const store = await newStore();
  await t.rejects(store.verify(id(1)), { code: 'CHECKPOINT_UNKNOWN' });
  await store.add(images(1), about(id(1), 1), 2);
  await store.verify(id(1));
  const damaged = readFileSync(store.path(id(1)));
  damaged.writeUInt8(damaged.readUInt8(30) ^ 1, 30);
  writeFileSync(store.path(id(1)), damaged);
  await t.rejects(store.verify(id(1)), { code: 'CHECKPOINT_CORRUPT' });
});

t.test('cut or damaged anywhere: found out, and the last good one is used', async (t) => {
  const store = await newStore();
  await store.add(images(1), about(id(1), 1), 3);
  const whole = readFileSync(store.path(id(1)));
  const { length } = whole;
  const spots = Array.from({ length: 40 }, (_, index) => Math.floor((index * length) / 40));
  for (const at of [...spots, length - 1, length - 9, length - 12, length - 44]) {
    writeFileSync(store.path(id(2)), whole.subarray(0, at));
    await t.rejects(store.fetch('nat1', id(2), join(dir, 'never')), {
      code: 'CHECKPOINT_UNKNOWN',
    });
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(at) ^ 0x10, at);
    writeFileSync(store.path(id(1)), damaged);
    const code = /^CHECKPOINT_(CORRUPT|UNKNOWN)$/;
    await store.withWorkDir((to) =>
      t.rejects(store.fetch('nat1', undefined, to), { code }, `byte ${at}`),
    );
  }
  writeFileSync(store.path(id(1)), whole);
  await store.add(images(3), about(id(3), 3), 3);
  truncateSync(store.path(id(3)), 100);
  await store.withWorkDir(async (to) => {
    t.equal((await store.fetch('nat1', undefined, to)).info.id, id(1), 'cut: not even listed');
  });
  await store.add(images(4), about(id(4), 4), 3);
  const newest = readFileSync(store.path(id(4)));
  newest.writeUInt8(newest.readUInt8(20) ^ 1, 20);
  writeFileSync(store.path(id(4)), newest);
  await store.withWorkDir(async (to) => {
    t.equal((await store.fetch('nat1', undefined, to)).info.id, id(1), 'found out while unpacked');
    t.equal(readFileSync(join(to, 'core-1.img'))[0], 1, 'and nothing of it is left');
  });
});

t.test('a full disk: reported, the last good one stays, nothing half is left', async (t) => {
  const path = join(dir, 'small');
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'fyc2-small', path]);
  t.teardown(() => execFileSync('umount', [path]));
  const store = new CheckpointStore(path, quiet);
  await store.add(images(1), about(id(1), 1), 3);
  const noise = images(2);
  writeFileSync(
    join(noise, 'pages-2.img'),
    Buffer.from(Array.from({ length: 200_000 }, (_, n) => (n * n * 2654435761) >>> 13)),
  );
  await t.rejects(store.add(noise, about(id(2), 2), 1), {
    code: 'CHECKPOINT_FAILED',
    message: /ENOSPC/,
  });
  t.same(readdirSync(path), [`${id(1)}.checkpoint`]);
  const free = join(dir, 'free');
  mkdirSync(free);
  t.equal((await store.fetch('nat1', undefined, free)).info.id, id(1));
});

t.test('an agent that was killed leaves pieces: the next one removes them', async (t) => {
  const store = await newStore();
  await store.add(images(1), about(id(1), 1), 3);
  mkdirSync(join(store.dir, 'work-abc'));
  writeFileSync(join(store.dir, 'work-abc', 'pages-1.img'), '');
  writeFileSync(join(store.dir, `${id(2)}.checkpoint.tmp`), 'half');
  await store.prepare();
  t.same(readdirSync(store.dir), [`${id(1)}.checkpoint`]);
});

t.test('a copy on another host is verified before it counts', async (t) => {
  const [from, to] = [await newStore(), await newStore()];
  const info = await from.add(images(1), about(id(1), 1), 3);
  const offer = { address: '127.0.0.1', token: TOKEN, keep: 3 };
  const port = await receiveCheckpoint(to, offer, quiet);

  const stranger = { id: id(1), address: '127.0.0.1', port, token: 'f'.repeat(32) };
  await t.rejects(sendCheckpoint(from, stranger), { code: 'CHECKPOINT_FAILED', message: /token/ });
  const rude = connect(port, '127.0.0.1');
  rude.on('error', () => undefined);
  rude.resume();
  rude.write('x'.repeat(2000));
  await new Promise((resolve) => rude.once('close', resolve));
  t.same(await to.list(), []);

  const sent = await sendCheckpoint(from, { ...stranger, token: TOKEN });
  t.equal(sent.bytes, readFileSync(from.path(id(1))).length);
  t.same(await to.list(), [info]);

  const damaged = readFileSync(from.path(id(1)));
  damaged.writeUInt8(damaged.readUInt8(30) ^ 1, 30);
  writeFileSync(from.path(id(1)), damaged);
  const second = { ...stranger, token: TOKEN, port: await receiveCheckpoint(to, offer, quiet) };
  await t.rejects(sendCheckpoint(from, second), { message: /damaged/ });
  t.same(await to.list(), [info], 'the good copy stays');
  t.same(readdirSync(to.dir), [`${id(1)}.checkpoint`]);

  const third = { ...stranger, token: TOKEN, port: await receiveCheckpoint(to, offer, quiet) };
  const cut = connect(third.port, '127.0.0.1');
  cut.on('error', () => undefined);
  cut.write(`${JSON.stringify({ token: TOKEN, id: id(2), bytes: 500 })}\n123`);
  cut.resume();
  cut.end();
  await new Promise((resolve) => cut.once('close', resolve));
  const left = () => readdirSync(to.dir).length;
  await until(() => (left() === 1 ? true : undefined), 'end of what a cut one left');
});
