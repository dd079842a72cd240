import t from 'tap';
import { markerFrame } from '../../../sdn-app/steering/index.js';

const TOKEN = '000102030405060708090a0b0c0d0e0f';

/** Field by field; native/statelet/marker.hpp must read the same. */
const ingress = [
  '02fe00000102', // Destination: virtual MAC of the port.
  '02feff000000', // Source.
  '88b5', // EtherType, IEEE 802 local experimental 1.
  '46455259', // 'FERY'.
  '01', // Version.
  '01', // Kind: ingress.
  '01', // Port.
  '00',
  TOKEN,
  '00', // Origin: which switch sent it,
  '01', // of how many.
  '00'.repeat(20), // Padding to 60 bytes.
].join('');

t.test('an ingress marker, byte by byte', (t) => {
  const frame = markerFrame('ingress', '02:fe:00:00:01:02', 1, TOKEN);
  t.equal(frame.length, 60);
  t.equal(frame.toString('hex'), ingress);
  t.end();
});

t.test('the others differ in their kind alone', (t) => {
  for (const [kind, number] of [
    ['egress', '02'],
    ['takeover', '04'],
  ] as const) {
    const frame = markerFrame(kind, '02:fe:00:00:01:02', 1, TOKEN);
    t.equal(frame.toString('hex'), ingress.replace('464552590101', `4645525901${number}`));
  }
  t.end();
});
