// When a TCP transfer counts as having survived.
import t from 'tap';
import { judge, type IperfOutput } from '../../../../sdn-app/cli/demo/tcp-transfer.js';

const SECONDS = 6;
const SWITCHED = 3;

const client = (): IperfOutput => ({
  intervals: [],
  end: { sum_sent: { retransmits: 4, bytes: 1000 }, sum_received: { bytes: 0 } },
  error: 'interrupt - the client has terminated',
});

/** A receiver that got bytes in each second until `until`. */
const server = (until: number): IperfOutput => ({
  intervals: Array.from({ length: SECONDS }, (_, start) => ({
    sum: { start, bytes: start < until ? 100 : 0 },
  })),
  end: { sum_received: { bytes: 990 } },
  error: 'the client has terminated',
});

t.test('bytes arrive to the end', (t) => {
  t.same(judge(client(), server(SECONDS), SWITCHED), {
    survived: true,
    retransmits: 4,
    bytes: 990,
  });
  t.end();
});

t.test('a connection that hangs after the switchover did not survive', (t) => {
  t.match(judge(client(), server(SWITCHED), SWITCHED), {
    survived: false,
    reason: /no byte/,
  });
  t.end();
});

t.test('nor did one that either end gave up', (t) => {
  const broken = { ...client(), error: 'Connection reset by peer' };
  t.match(judge(broken, server(SECONDS), SWITCHED), { survived: false, reason: /reset/ });
  const deaf = { ...server(SECONDS), error: 'idle timeout' };
  t.match(judge(client(), deaf, SWITCHED), { survived: false, reason: /idle/ });
  t.end();
});

t.test('what came before the switchover proves nothing', (t) => {
  t.match(judge(client(), server(SECONDS), SECONDS + 0.1), { survived: false, reason: /no byte/ });
  t.end();
});
