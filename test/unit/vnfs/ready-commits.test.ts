/** What a switch has beforehand: one commit for each that may have to take over, as good as it is new. */
import t from 'tap';
import { flowMod, type PlainMessage } from '../../../sdn-app/openflow/index.js';
import { ReadyCommits } from '../../../sdn-app/vnfs/ready-commits.js';
import type { Standby } from '../../../sdn-app/vnfs/steering-port.js';
import { FakeClock } from '../migration/world/fake-clock.js';

const part = (number: number, host: string) => ({ number, flows: `src=10.${number}.0.0/16`, host });
/** Three serve, and the next one has the state of each. */
const FIRST: Standby = { at: 'b', token: 'first', host: 'b', parts: [part(2, 'c')] };
const SECOND: Standby = {
  at: 'c',
  token: 'second',
  host: 'a',
  parts: [part(1, 'c'), part(2, 'c')],
};
const THIRD: Standby = { at: 'a', token: undefined, host: 'a', parts: [part(1, 'b')] };

const wish = ({ host, parts }: Standby) => ({ form: 'serving' as const, host, parts });

function world() {
  const clock = new FakeClock();
  /** Tokens of what the switch has, closed. */
  const held: string[] = [];
  const remove = (name: string) => held.splice(held.indexOf(name), 1);
  const message = flowMod({
    ...{ cookie: 0n, cookieMask: 0n, tableId: 0, command: 'add', idleTimeout: 0, hardTimeout: 0 },
    ...{ priority: 1, flags: [], match: [], instructions: [] },
  });
  const messages: PlainMessage[] = [message];
  let planned = '';
  const ready = new ReadyCommits<string>(
    clock,
    (vnf, { token = 'none' }) => {
      planned = `${vnf}/${token}`;
      return { messages, result: planned };
    },
    () => {
      const name = planned;
      held.push(name);
      return Promise.resolve({
        commit: () => Promise.resolve(void remove(name)),
        discard: () => Promise.resolve(void remove(name)),
      });
    },
  );
  return { clock, held, ready };
}

t.test('each of several is kept ready, and found by what it leads to', async (t) => {
  const { clock, held, ready } = world();
  ready.want('nat1', [FIRST, SECOND, THIRD]);
  ready.want('pg1', [FIRST]);
  await clock.run(1);
  t.same(held.sort(), ['nat1/first', 'nat1/none', 'nat1/second', 'pg1/first']);
  const found = ready.take('nat1', wish(SECOND));
  t.equal(found?.result, 'nat1/second');
  t.equal(ready.take('nat1', wish(SECOND)), undefined, 'once');
  t.equal(ready.take('nat1', { form: 'serving', host: 'a' }), undefined, 'all of the work on a');
  const other = { ...SECOND, parts: [part(1, 'c'), part(2, 'b')] };
  t.equal(ready.take('nat1', wish(other)), undefined, 'another host for a part');
  await found?.commit.commit();
  ready.outdated();
  t.same(held, [], 'what led from what the switch had is worth nothing');
  await clock.run(200);
  t.equal(held.length, 4, 'made anew');
});

t.test('renewed before a switch forgets it, one of each at a time', async (t) => {
  const { clock, held, ready } = world();
  ready.want('nat1', [FIRST, SECOND]);
  await clock.run(1);
  const taken = held.length;
  await clock.run(20_000);
  t.equal(held.length, taken);
  ready.want('nat1', []);
  await clock.run(10_000);
  t.same(held, []);
});

t.test('a change while they are made: none of the old ones stays', async (t) => {
  const { clock, held, ready } = world();
  ready.want('nat1', [FIRST, SECOND]);
  await clock.run(1);
  clock.after(4000, () => ready.outdated());
  await clock.run(4200);
  t.same(held.sort(), ['nat1/first', 'nat1/second']);
});
