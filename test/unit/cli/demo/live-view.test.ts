// The live view re-draws in place on a terminal, and prints plain lines elsewhere.
import { PassThrough } from 'node:stream';
import t from 'tap';
import { dataBytesOf } from '../../../../sdn-app/cli/demo/link-data.js';
import { figuresText, LiveView } from '../../../../sdn-app/cli/demo/live-view.js';

/** A stream that says of itself that it is a terminal, or not. */
function stream(isTTY: boolean): { stream: NodeJS.WriteStream; said: () => string } {
  const through = new PassThrough();
  const chunks: Buffer[] = [];
  through.on('data', (chunk: Buffer) => chunks.push(chunk));
  return {
    stream: Object.assign(through, { isTTY }) as unknown as NodeJS.WriteStream,
    said: () => Buffer.concat(chunks).toString(),
  };
}

t.test('plain lines: one for each phase, no control characters', (t) => {
  const { stream: plain, said } = stream(false);
  const view = new LiveView(plain);
  view.begin('migration');
  view.update({ pps: 1 });
  for (const name of ['preparing', 'synchronising']) {
    view.update({ phases: [{ name, ms: null }], pps: 40_000 });
    view.update({ pps: 40_001 });
  }
  view.note('a remark');
  const lines = said().split('\n');
  t.equal(lines[0], 'migration');
  t.equal(lines.filter((line) => line.startsWith('  preparing')).length, 1);
  t.equal(lines.filter((line) => /^ {2}synchronising {2}40,000/.test(line)).length, 1);
  t.ok(lines.includes('a remark'));
  t.notMatch(said(), '\u001b');
  t.end();
});

t.test('a terminal: what was drawn is erased before it is drawn again', (t) => {
  const { stream: terminal, said } = stream(true);
  const view = new LiveView(terminal);
  view.begin('migration');
  view.update({ phases: [{ name: 'preparing', ms: null }] });
  view.update({
    phases: [
      { name: 'preparing', ms: 300 },
      { name: 'switching', ms: null },
    ],
  });
  t.match(said(), '\u001b[3A\u001b[J', 'title, one phase, figures');
  view.note('a remark');
  t.match(said(), '\u001b[4A\u001b[Ja remark\n');
  view.end();
  const before = said().length;
  view.update({ pps: 1 });
  t.equal(said().length, before, 'nothing is drawn after the end');
  t.end();
});

t.test('while the table is filled the entries are shown', (t) => {
  const figures = { phases: [], pps: 0, lost: 0, p99Us: 0, sentBytes: null, lagBytes: null };
  t.match(figuresText({ ...figures, filled: 1234 }), '1,234 entries');
  t.match(figuresText({ ...figures, filled: null }), /steady {2}0 packets\/s/);
  t.end();
});

t.test('bytes of data are read from tc', (t) => {
  const text = [
    'class htb 1:10 parent 1:1 leaf 10: prio 0 rate 99Mbit ceil 100Mbit burst 12486b ',
    ' Sent 1234567 bytes 89 pkt (dropped 0, overlimits 0 requeues 0) ',
    'class htb 1:20 parent 1:1 leaf 20: prio 1 rate 1Mbit ceil 100Mbit ',
    ' Sent 99 bytes 1 pkt (dropped 0, overlimits 0 requeues 0) ',
  ].join('\n');
  t.equal(dataBytesOf(text), 1_234_567);
  t.equal(dataBytesOf(''), null);
  t.end();
});
