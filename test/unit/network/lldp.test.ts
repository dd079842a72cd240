import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { LLDP_DESTINATION, lldpFrame, readLldp } from '../../../sdn-app/network/lldp.js';

const key = randomBytes(32);
const probe = { dpid: 0xfedc_ba98_7654_3210n, port: 0xffff_ff00, round: 7 };
const frame = (): Buffer => lldpFrame(probe, '02:00:00:00:00:05', 15, key);

t.test('what is sent is read again', (t) => {
  t.same(readLldp(frame(), key), probe);
  t.equal(frame().toString('hex', 0, 6), LLDP_DESTINATION.replaceAll(':', ''));
  t.equal(frame().readUInt16BE(12), 0x88cc);
  t.same(readLldp(Buffer.concat([frame(), Buffer.alloc(20)]), key), probe, 'padded by a switch');
  t.end();
});

t.test('nobody else can make one', (t) => {
  t.equal(readLldp(frame(), randomBytes(32)), 'forged', 'another key');
  const found = new Set<unknown>();
  for (let bit = 8 * 14; bit < 8 * frame().length; bit += 1) {
    const changed = frame();
    changed.writeUInt8((changed[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
    const read = readLldp(changed, key);
    found.add(read);
    // The TLVs for other readers are not ours to trust: what counts is signed.
    if (typeof read === 'object') t.same(read, probe, `bit ${bit}`);
  }
  t.ok(found.has('forged'));
  t.end();
});

t.test('broken frames and those of others are nothing', (t) => {
  for (let length = 0; length < frame().length - 2; length += 1) {
    t.equal(readLldp(frame().subarray(0, length), key), undefined, `${length} bytes`);
  }
  const property = fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    return readLldp(Buffer.from(bytes), key) === undefined;
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500, seed: 7 }));
  t.end();
});
