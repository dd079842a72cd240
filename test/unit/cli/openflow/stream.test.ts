// Both commands within pipes: bounded memory, readers that leave, writers that are slow.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { vectors } from '../../openflow/vectors.js';
import { FERRY } from './run.js';

const packetIn = vectors.find(({ name }) => name === 'packet-in')?.frame ?? Buffer.alloc(0);

t.test('more than the heap holds goes through print and encode', async (t) => {
  // 24 MB of frames, 70 MB of JSON, through heaps of 32 MB.
  const block = Buffer.concat(Array.from({ length: 1000 }, () => packetIn));
  const blocks = 160;
  const node = [process.execPath, '--max-old-space-size=32', '--max-semi-space-size=1', FERRY];
  const pipeline = `"$@" openflow print | "$@" openflow encode | cksum`;
  const child = spawn('bash', ['-o', 'pipefail', '-c', pipeline, 'bash', ...node], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const closed = once(child, 'close');
  for (let sent = 0; sent < blocks; sent += 1) {
    if (!child.stdin.write(block)) await once(child.stdin, 'drain');
  }
  child.stdin.end();
  const [code] = (await closed) as [number];
  t.equal(code, 0);
  const wanted = spawnSync('cksum', {
    input: Buffer.concat(Array.from({ length: blocks }, () => block)),
  });
  t.equal(said, wanted.stdout.toString());
});

t.test('a reader that has seen enough ends it quietly', (t) => {
  const line = '0414000800000007';
  for (const command of [
    `yes ${line} | "$@" openflow print --hex | head -n 2`,
    `yes '{"type":"hello"}' | "$@" openflow encode --hex | head -n 2`,
  ]) {
    const all = `${command}; echo \${PIPESTATUS[1]}`;
    const { stdout, stderr } = spawnSync('bash', ['-c', all, 'bash', process.execPath, FERRY], {
      encoding: 'utf8',
    });
    t.equal(stderr, '');
    t.match(stdout, /^[^\n]+\n[^\n]+\n0\n$/, command);
  }
  t.end();
});

t.test('output that cannot be written is an error', (t) => {
  const { status, stderr } = spawnSync(
    'bash',
    [
      '-c',
      `echo 0414000800000007 | "$@" openflow print --hex > /dev/full`,
      'bash',
      process.execPath,
      FERRY,
    ],
    { encoding: 'utf8' },
  );
  t.equal(status, 1);
  t.match(stderr, /ENOSPC/);
  t.end();
});

t.test('a frame is printed when it is there, not when the input ends', async (t) => {
  const child = spawn(process.execPath, [FERRY, 'openflow', 'print']);
  child.stdin.write(Buffer.from('0414000800000007', 'hex'));
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  t.equal(chunk.toString(), '{"type":"barrierRequest","xid":7}\n');
  const closed = once(child, 'close');
  child.stdin.end();
  t.same(await closed, [0, null]);
});
