// The codec written by hand, which the benchmark compares with, does the same work.
import t from 'tap';
import { encode } from '../../../sdn-app/openflow/index.js';
import { encodeFlowMod } from '../../bench/codec-by-hand.js';
import { codecCases } from '../../bench/codec.js';
import { aFlowMod } from '../../bench/codec-messages.js';

t.test('what is written by hand decodes to the same and encodes to the same', (t) => {
  for (const { name, ferry, byHand } of codecCases) t.strictSame(byHand(), ferry(), name);
  t.equal(encodeFlowMod(aFlowMod).toString('hex'), encode(aFlowMod).toString('hex'));
  t.end();
});
