import fc from 'fast-check';
import t from 'tap';
import { MacMap } from '../../../sdn-app/network/mac-map.js';

/** Few enough to meet again, with all bits in both halves. */
const mac = fc.oneof(
  fc.constantFrom(0, 1, 0xff_ffff, 0x100_0000, 0x8000_0000, 0xffff_ffff_ffff, 0x80_0000_0000_00),
  fc.nat(5),
  fc.integer({ min: 0, max: 2 ** 48 - 1 }),
);

t.test('it holds what a Map holds', (t) => {
  const steps = fc.array(fc.tuple(mac, fc.option(fc.nat(9))), { maxLength: 60 });
  const property = fc.property(steps, (list) => {
    const map = new MacMap<number>();
    const wanted = new Map<number, number>();
    for (const [key, value] of list) {
      if (value === null) {
        map.delete(key);
        wanted.delete(key);
      } else {
        map.set(key, value);
        wanted.set(key, value);
      }
      if (map.get(key) !== wanted.get(key)) return false;
    }
    const sorted = (entries: Iterable<[number, number]>) => [...entries].sort(([a], [b]) => a - b);
    return String(sorted(map.entries())) === String(sorted(wanted));
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }));
  t.end();
});
