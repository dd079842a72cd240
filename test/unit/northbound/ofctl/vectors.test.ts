/** Ferry's ofctl_rest against what os-ken was recorded to do, frame for frame and key for key. */
import t from 'tap';
import { decode, encode, withXid, type Message } from '../../../../sdn-app/openflow/index.js';
import { readBody } from '../../../../sdn-app/northbound/ofctl/body.js';
import { COMMANDS, EXPERIMENTER } from '../../../../sdn-app/northbound/ofctl/commands.js';
import { toJsonText } from '../../../../sdn-app/northbound/ofctl/json-text.js';
import { readLiteral } from '../../../../sdn-app/northbound/ofctl/literal.js';
import type { Session } from '../../../../sdn-app/northbound/ofctl/statistic.js';
import { STATISTICS } from '../../../../sdn-app/northbound/ofctl/statistics.js';
import { recorded } from './recorded.js';

const strict = { strict: true };

t.test('each request becomes the message that os-ken makes of it', async (t) => {
  const { requests } = await recorded();
  t.ok(requests.length > 40);
  for (const { path, body, frame } of requests) {
    const entry = COMMANDS.find((each) => each.path === path) ?? EXPERIMENTER;
    const read = readBody(entry.body, { body: structuredClone(body), query: strict });
    const [message] = entry.messages(read, { ports: [] } as unknown as Session);
    const expected = decode(Buffer.from(frame, 'hex'));
    t.same(message && withXid(message, expected.xid), expected, `${path} ${show(body)}`);
    t.equal(message && encode(withXid(message, expected.xid)).toString('hex'), frame);
  }
});

t.test('each statistic asks as os-ken does, and shows the answer as it does', async (t) => {
  const { statistics } = await recorded();
  t.ok(statistics.length > 18);
  for (const { path, body, request, frames, answer } of statistics) {
    const statistic = STATISTICS.find((each) => each.path === path);
    const asked: Message[] = [];
    const parts = frames.map((frame) => decode(Buffer.from(frame, 'hex')));
    const session = {
      multipart: (message: Message) => {
        asked.push(message);
        return Promise.resolve(parts.map((part) => part.type === 'multipartReply' && part.body));
      },
      request: (message: Message) => {
        asked.push(message);
        return Promise.resolve(parts[0]);
      },
    } as unknown as Session;
    const filter =
      statistic?.filter && readBody(statistic.filter, { body: body ?? {}, query: strict });
    const shown = await statistic?.ask(session, [], filter);
    t.strictSame(readLiteral(toJsonText(shown)), answer['1'], `${path} ${show(body ?? {})}`);
    const expected = decode(Buffer.from(request, 'hex'));
    const [sent] = asked;
    t.equal(sent && encode(withXid(sent, expected.xid)).toString('hex'), request, `${path} asks`);
  }
});

function show(body: unknown): string {
  return JSON.stringify(body, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
