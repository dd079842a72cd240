import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Journal } from '../../../sdn-app/store/journal.js';
import { crc32, decodeRecord, encodeRecord } from '../../../sdn-app/store/record.js';

const journalIn = (dir: string): string => join(dir, 'journal.jsonl');

t.test('crc32 is the one of IEEE 802.3', (t) => {
  t.equal(crc32(Buffer.from('123456789')), 0xcbf43926);
  t.end();
});

t.test('what was written is there after a restart, the last value of each key', async (t) => {
  const path = journalIn(t.testdir());
  const journal = await Journal.open(path);
  await journal.write([
    ['vnf/a', { host: 'host1', note: 'Ü\n"' }],
    ['vnf/b', [1, 2, null]],
  ]);
  await journal.write([['vnf/a', { host: 'host2' }]]);
  await journal.write([['vnf/b', null]]);
  await Promise.all([1, 2, 3].map((n) => journal.write([['many', n]])));
  const expected = [['vnf/a', { host: 'host2' }]];
  t.same(journal.entries('vnf/'), expected);
  await journal.close();
  await t.rejects(journal.write([['late', 1]]), { code: 'STATE_UNWRITABLE' });
  const again = await Journal.open(path);
  t.same(again.entries('vnf/'), expected);
  t.same(again.entries('many'), [['many', 3]]);
  await again.close();
});

t.test('it is on disk when write resolves', async (t) => {
  const path = journalIn(t.testdir());
  const journal = await Journal.open(path);
  await journal.write([['key', 'value']]);
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  t.same(decodeRecord(lines[0] ?? ''), { seq: 1, writes: [['key', 'value']] });
  await journal.close();
});

t.test('writes that wait for the disk share a line', async (t) => {
  const path = journalIn(t.testdir());
  const journal = await Journal.open(path);
  await Promise.all([1, 2, 3, 4].map((n) => journal.write([[`key${n}`, n]])));
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  t.equal(lines.length, 2);
  await journal.close();
});

t.test('a line torn at any byte is cut off, and the journal goes on', async (t) => {
  const path = journalIn(t.testdir());
  const whole = encodeRecord(1, [['a', 1]]);
  const last = encodeRecord(2, [['a', 2]]);
  for (let bytes = 0; bytes < last.length; bytes += 1) {
    await writeFile(path, whole + last.slice(0, bytes));
    const journal = await Journal.open(path);
    if (journal.entries('a')[0]?.[1] !== 1) t.fail(`torn after ${bytes} bytes`);
    if ((await stat(path)).size !== whole.length) t.fail(`not cut off after ${bytes} bytes`);
    await journal.write([['a', 3]]);
    await journal.close();
    const again = await Journal.open(path);
    if (again.entries('a')[0]?.[1] !== 3) t.fail(`lost after ${bytes} bytes`);
    await again.close();
  }
  t.pass(`${last.length} places`);
});

t.test('a flipped bit never passes for a record', (t) => {
  const line = encodeRecord(7, [['key', { value: 'text' }]]).trimEnd();
  for (let index = 0; index < line.length * 8; index += 1) {
    const bytes = Buffer.from(line);
    bytes[index >> 3] = (bytes[index >> 3] ?? 0) ^ (1 << (index & 7));
    const decoded = decodeRecord(bytes.toString('utf8'));
    if (decoded !== undefined) t.fail(`bit ${index}: ${JSON.stringify(decoded)}`);
  }
  t.pass(`${line.length * 8} bits`);
  t.end();
});

t.test('damage in front of whole records is no torn line: refused', async (t) => {
  const path = journalIn(t.testdir());
  const lines = [1, 2, 3].map((seq) => encodeRecord(seq, [['a', seq]]));
  const text = lines.join('');
  const damaged = Buffer.from(text);
  const middle = (lines[0]?.length ?? 0) + 20;
  damaged[middle] = (damaged[middle] ?? 0) ^ 1;
  const withGap = [lines[0], lines[2]].join('');
  for (const content of [damaged, withGap]) {
    await writeFile(path, content);
    await t.rejects(Journal.open(path), { code: 'STATE_CORRUPT', field: 'stateDir' });
    t.same(await readFile(path), Buffer.from(content), 'and left as it is');
  }
});

t.test('zeros after a crash are a torn line', async (t) => {
  const path = journalIn(t.testdir());
  await writeFile(path, encodeRecord(1, [['a', 1]]));
  await appendFile(path, Buffer.alloc(4096));
  const journal = await Journal.open(path);
  t.same(journal.entries('a'), [['a', 1]]);
  await journal.close();
});

t.test('a long journal is rewritten with live keys, and loses nothing', async (t) => {
  const path = journalIn(t.testdir());
  const journal = await Journal.open(path, { compactAtBytes: 2000 });
  for (let n = 0; n < 200; n += 1) await journal.write([[`key${n % 5}`, n]]);
  t.ok((await stat(path)).size < 4500, 'stays short');
  await journal.close();
  const again = await Journal.open(path, { compactAtBytes: 2000 });
  const values = again.entries('key').map(([, value]) => value);
  t.same(
    values.sort((a, b) => Number(a) - Number(b)),
    [195, 196, 197, 198, 199],
  );
  await again.write([['after', true]]);
  await again.close();
});

t.test('a rewrite that was interrupted is forgotten', async (t) => {
  const path = journalIn(t.testdir());
  await writeFile(path, encodeRecord(1, [['a', 1]]));
  await writeFile(`${path}.new`, 'half a jour');
  const journal = await Journal.open(path);
  t.same(journal.entries('a'), [['a', 1]]);
  await t.rejects(stat(`${path}.new`));
  await journal.close();
});

t.test('a place that cannot be written is a coded error', async (t) => {
  const dir = t.testdir({ file: '' });
  await t.rejects(Journal.open(join(dir, 'file', 'journal.jsonl')), { code: 'STATE_UNWRITABLE' });
});
