// One Instance as a process of its own: calls come as JSON lines, events and answers go as such.
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { Instance, type InstanceOptions, type NativeError } from '../../../native/index.js';

const line = z.object({
  id: z.int(),
  call: z.enum([
    'start',
    'listen',
    'connect',
    'arm',
    'prepareSwitch',
    'switched',
    'abort',
    'resume',
    'takeover',
    'stats',
    'stop',
  ]),
  args: z.tuple([z.string(), z.int(), z.string()]).optional(),
});

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function perform(instance: Instance, { call, args }: z.output<typeof line>): unknown {
  const [address, port, token] = args ?? ['', 0, ''];
  if (call === 'listen') return instance.listen(address, token);
  if (call === 'stats') return instance.stats();
  if (call === 'connect') instance.connect({ address, port, token });
  else instance[call]();
  return null;
}

const options = JSON.parse(process.argv[2] ?? '{}') as InstanceOptions;
const instance = new Instance(options, (event) => say({ event }));
for await (const text of createInterface({ input: process.stdin })) {
  const request = line.parse(JSON.parse(text));
  try {
    say({ id: request.id, result: perform(instance, request) });
  } catch (error) {
    const { code, field, message } = error as NativeError;
    say({ id: request.id, error: { code, field, message } });
  }
}
instance.stop();
