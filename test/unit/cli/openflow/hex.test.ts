// `ferry openflow print --hex`: every form of hexadecimal text gives the same frames.
import { spawnSync } from 'node:child_process';
import t, { type Test } from 'tap';
import { hexDump } from '../../../../sdn-app/openflow/text/hex-dump.js';
import { vectors } from '../../openflow/vectors.js';
import { ferryOpenflow, print } from './run.js';

const frames = vectors.slice(0, 12).map(({ frame }) => frame);
const whole = Buffer.concat(frames);
const hex = whole.toString('hex');
const barrier = '0414000800000007';
const barrierObject = { type: 'barrierRequest', xid: 7 };

async function same(t: Test, text: string, name: string): Promise<void> {
  const wanted = await print(whole);
  for (const chunkBytes of [13, 0x1_0000]) {
    t.same(
      await print(text, { hex: true }, chunkBytes),
      wanted,
      `${name} in chunks of ${chunkBytes}`,
    );
  }
}

const pairs = hex.match(/../g) ?? [];
const groups = (size: number): string[] => hex.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];

t.test('plain digits', async (t) => {
  await same(t, hex, 'one line');
  await same(t, `${hex.toUpperCase()}\r\n`, 'upper case and CR LF');
  await same(t, frames.map((frame) => frame.toString('hex')).join('\n'), 'a frame a line');
  await same(t, groups(20).join('\n'), 'ten bytes a line');
  await same(t, pairs.join(' '), 'pairs');
  await same(t, pairs.join(':'), 'with colons');
  await same(t, pairs.map((pair) => `0x${pair},`).join(' '), 'as in C');
  await same(
    t,
    groups(8)
      .map((word) => `0X${word}`)
      .join('\t'),
    'words',
  );
  await same(
    t,
    groups(10)
      .map((line, index) => `  ${line} # field ${index}: 00`)
      .join('\n'),
    'comments',
  );
  await same(t, `# a comment\n\n${hex}\n# another`, 'comments on lines of their own');
});

t.test('fields on lines of their own, frames apart by empty lines', async (t) => {
  const commented = frames.map(
    (frame) =>
      `# a frame\n${frame.toString('hex', 0, 8)} # header\n${frame.toString('hex', 8)}\n\n`,
  );
  await same(t, commented.join(''), 'as the vectors of this repository');
});

t.test('dumps with offsets', async (t) => {
  const perFrame = (dump: (frame: Buffer) => string): string => frames.map(dump).join('');
  await same(t, hexDump(whole), 'Open vSwitch');
  await same(t, perFrame(hexDump), 'Open vSwitch, a dump for each frame');
  await same(t, perFrame(tcpdumpLines), 'tcpdump -x');
  await same(t, perFrame(tsharkLines), 'tshark -x');
  await same(
    t,
    perFrame((frame) => `${tsharkLines(frame)}\n`),
    'tshark -x with empty lines',
  );
});

function tcpdumpLines(frame: Buffer): string {
  return lines(frame, (bytes, offset) => {
    const words =
      bytes
        .toString('hex')
        .match(/.{1,4}/g)
        ?.join(' ') ?? '';
    return `\t0x${offset.toString(16).padStart(4, '0')}:  ${words.padEnd(40)}  ${asText(bytes)}`;
  });
}

function tsharkLines(frame: Buffer): string {
  return lines(frame, (bytes, offset) => {
    const shown = bytes.toString('hex').match(/../g)?.join(' ') ?? '';
    return `${offset.toString(16).padStart(4, '0')}  ${shown.padEnd(48)}  ${asText(bytes)}`;
  });
}

function lines(frame: Buffer, show: (bytes: Buffer, offset: number) => string): string {
  let text = '';
  for (let at = 0; at < frame.length; at += 16)
    text += `${show(frame.subarray(at, at + 16), at)}\n`;
  return text;
}

function asText(bytes: Buffer): string {
  return bytes.toString('latin1').replaceAll(/[^\x20-\x7e]/g, '.');
}

for (const [tool, ...options] of [
  ['hexdump', '-v', '-C'],
  ['xxd'],
  ['xxd', '-p'],
  ['xxd', '-g', '1'],
  ['od', '-v', '-t', 'x1'],
  ['od', '-v', '-A', 'x', '-t', 'x1z'],
  ['od', '-v', '-A', 'd', '-t', 'x1'],
] as const) {
  const missing = spawnSync(tool, ['--version']).error !== undefined;
  const skip = missing ? `${tool} is not installed` : false;
  t.test(`what ${tool} ${options.join(' ')} prints`, { skip }, async (t) => {
    const { stdout } = spawnSync(tool, options, { input: whole, encoding: 'utf8' });
    await same(t, stdout, tool);
  });
}

t.test('text beside the bytes that looks like bytes is none', async (t) => {
  const text = Buffer.from('00 0a| ab #: cd');
  const echo = Buffer.concat([
    Buffer.from('04020008000000010402', 'hex'),
    Buffer.from([0, 8 + text.length, 0, 0, 0, 2]),
    text,
  ]);
  const wanted = await print(echo);
  for (const dump of [hexDump, tcpdumpLines, tsharkLines])
    t.same(await print(dump(echo), { hex: true }), wanted);
});

t.test('a line longer than memory should hold', async (t) => {
  const count = 40_000;
  const { objects, faults } = await print(`${'0x' + barrier} `.repeat(count), { hex: true });
  t.equal(objects.length, count);
  t.equal(faults, 0);
  const joined = await print(
    barrier.repeat(count) + `# ${'comment '.repeat(count)}`,
    { hex: true },
    1000,
  );
  t.equal(joined.objects.length, count);
  t.equal(joined.faults, 0);
});

t.test('after what is wrong it goes on where a frame begins', async (t) => {
  const cut = '04020010000000010011';
  const cases: [name: string, text: string, ...expected: object[]][] = [
    [
      'a frame cut short',
      `${barrier}\n${cut}\n${barrier}`,
      barrierObject,
      { error: { code: 'WIRE_TRUNCATED', streamOffset: 10, frame: cut } },
      barrierObject,
    ],
    [
      'an empty line after it',
      `${cut}\n\n04 14\n00 08 00000007`,
      { error: { code: 'WIRE_TRUNCATED' } },
      barrierObject,
    ],
    [
      'a length below 8',
      `0402000300000001\n${barrier}`,
      { error: { code: 'WIRE_BAD_LENGTH', field: 'length' } },
      barrierObject,
    ],
    [
      'no hexadecimal',
      `${barrier}\n0414 000x\n${barrier}`,
      barrierObject,
      { error: { code: 'HEX_INVALID', line: 2, message: /^line 2: "000x"/ } },
      barrierObject,
    ],
    [
      'half a byte',
      `${barrier} 041\n${barrier}`,
      { error: { code: 'HEX_INVALID', line: 1 } },
      barrierObject,
    ],
    [
      'lines left out of a dump',
      '00000000  04 14 00 20\n*\n00000020\n00000000  04 14 00 08 00 00 00 07\n',
      { error: { code: 'HEX_INVALID', line: 2, message: /hexdump -v/ } },
      barrierObject,
    ],
    [
      'an offset that is wrong',
      `0000: 0414 0008\n0005: 0000 0007\n0000: 0414 0008 0000 0007`,
      { error: { code: 'HEX_INVALID', line: 2, message: /offset is 0005, but 4 bytes/ } },
      barrierObject,
    ],
  ];
  for (const [name, text, ...expected] of cases) {
    const { objects } = await print(text, { hex: true });
    t.match(objects, expected, name);
    t.equal(objects.length, expected.length, name);
  }
  t.match(await ferryOpenflow(['print', '--hex'], `${cut}\n${barrier}\n`), { code: 1, stderr: '' });
});

t.test('a frame that goes on in the next line is whole', async (t) => {
  const frame = `0402001800000001 ${barrier}\n0414 000a 00000007 \n`;
  t.match(await print(frame, { hex: true }), {
    objects: [{ type: 'echoRequest', data: /^0414/ }],
    faults: 0,
  });
});
