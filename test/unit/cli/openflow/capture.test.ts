// The line in docs/cli.md that gets frames out of a capture, on a capture made here.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { vectors } from '../../openflow/vectors.js';
import { FERRY, print } from './run.js';

const missing = spawnSync('tshark', ['--version']).error !== undefined;
const skip = missing ? 'tshark is not installed: apt-get install tshark' : false;

const controllerPort = 6653;
const etherIpTcpBytes = 54;

/** One TCP segment over Ethernet and IPv4; the checksums are left out, as offloading does. */
function segment(fromController: boolean, sequence: number, payload: Buffer): Buffer {
  const frame = Buffer.alloc(etherIpTcpBytes);
  frame.write('020000000002020000000001080045', 'hex');
  frame.writeUInt16BE(40 + payload.length, 16);
  frame.write('4006', 22, 'hex');
  frame.write(fromController ? '0a0000010a000002' : '0a0000020a000001', 26, 'hex');
  frame.writeUInt16BE(fromController ? controllerPort : 40_000, 34);
  frame.writeUInt16BE(fromController ? 40_000 : controllerPort, 36);
  frame.writeUInt32BE(sequence, 38);
  frame.write('50180400', 46, 'hex');
  return Buffer.concat([frame, payload]);
}

/** The classic format of libpcap, link type Ethernet. */
function capture(packets: readonly Buffer[]): Buffer {
  const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
  const records = packets.flatMap((packet, index) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(index, 0);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    return [record, packet];
  });
  return Buffer.concat([header, ...records]);
}

t.test('what one end said, out of a capture', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-capture-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const said = Buffer.concat(vectors.slice(0, 20).map(({ frame }) => frame));
  const packets: Buffer[] = [];
  for (let at = 0, index = 0; at < said.length; at += 100, index += 1) {
    packets.push(segment(true, 1 + at, said.subarray(at, at + 100)));
    packets.push(segment(false, 1 + 8 * index, Buffer.from('0403000800000001', 'hex')));
    packets.push(segment(true, 1 + at + 100, Buffer.alloc(0)));
  }
  const file = join(folder, 'lab.pcap');
  writeFileSync(file, capture(packets));
  const documentation = readFileSync(
    new URL('../../../../../docs/cli.md', import.meta.url),
    'utf8',
  );
  const line = /^tshark .*$/m.exec(documentation)?.[0] ?? '';
  const ferry = `${process.execPath} ${FERRY}`;
  const command = line.replace(' ferry ', ` ${ferry} `).replace('lab.pcap', file);
  const stdout = execFileSync('bash', ['-c', command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const objects = stdout
    .split('\n')
    .slice(0, -1)
    .map((each) => JSON.parse(each) as unknown);
  t.same(objects, (await print(said)).objects);
});
