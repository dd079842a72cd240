// Process of the measured NAT: options on one line of stdin, a line when it serves, ends with stdin.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Instance, type InstanceEvent, type InstanceOptions } from '../../native/index.js';

interface Request {
  instance: InstanceOptions;
  /** Where statelets go; left out, none are made. */
  sink?: { address: string; port: number; token: string };
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const input = createInterface({ input: process.stdin });
const [line] = (await once(input, 'line')) as [string];
const { instance: options, sink } = JSON.parse(line) as Request;
const instance = new Instance(options, (event: InstanceEvent) => {
  if (event.type === 'syncLost' || event.type === 'error') {
    say({ type: 'failed', reason: JSON.stringify(event) });
  }
});
instance.start();
if (sink !== undefined) {
  instance.connect(sink);
  while (instance.stats().phase !== 'streaming') {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
const cpuBefore = process.cpuUsage();
say({ type: 'serving' });
input.on('close', () => {
  const { processedPackets, stateletBytes } = instance.stats();
  const cpu = process.cpuUsage(cpuBefore);
  instance.stop();
  say({ type: 'ended', processedPackets, stateletBytes, cpuUs: cpu.user + cpu.system });
});
