// Process of one network function: its options on the first line of stdin, then one command a line;
// each is answered by one line. Ends with its input.
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Instance } from '../../native/index.js';
import { functionCommand, functionOptions, type FunctionAnswer } from './function-schema.js';

function say(answer: FunctionAnswer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** Processor time of the thread that handles packets. */
function workerCpuNs(): number {
  for (const task of readdirSync('/proc/self/task')) {
    const path = `/proc/self/task/${task}`;
    if (readFileSync(`${path}/comm`, 'utf8').trim() !== 'ferry-worker') continue;
    return Number(readFileSync(`${path}/schedstat`, 'utf8').split(' ')[0]);
  }
  return 0;
}

function answerTo(instance: Instance, line: string): FunctionAnswer {
  const command = functionCommand.parse(JSON.parse(line));
  if (command.do === 'connect') instance.connect(command.to);
  const { mode, phase, entries, processedPackets, ...rest } = instance.stats();
  return {
    mode,
    phase,
    entries,
    processedPackets,
    dataplaneBytes: rest.dataplaneBytes,
    stateletBytes: rest.stateletBytes,
    snapshotBytes: rest.snapshotBytes,
    workerCpuNs: workerCpuNs(),
    rssBytes: process.memoryUsage.rss(),
    monotonicMs: performance.now(),
  };
}

let instance: Instance | undefined;
const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  if (instance === undefined) {
    instance = new Instance(functionOptions.parse(JSON.parse(line)), () => undefined);
    instance.start();
    say(answerTo(instance, '{"do":"stats"}'));
  } else {
    say(answerTo(instance, line));
  }
});
input.on('close', () => instance?.stop());
