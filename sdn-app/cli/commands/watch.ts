/** `ferry watch`: events as they happen. */
import type { Command } from 'commander';
import type { FerryEvent } from '../../contract/rest.js';
import { addExample, apiOf, sharedOptions } from '../command-line.js';
import { streamEvents } from '../event-stream.js';
import { paint, say } from '../output.js';
import { wholeNumber } from '../values.js';

interface WatchOptions {
  since?: number;
}

export function addWatchCommand(program: Command): void {
  const watch = program
    .command('watch')
    .description('print events as they happen, one a line, until ^C')
    .option(
      '--since <seq>',
      'first print the events after this one',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .action(async (options: WatchOptions, command: Command) => {
      const { json } = sharedOptions(command);
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      process.stdout.once('error', () => stop.abort());
      const tell = (event: FerryEvent): void => say(json ? JSON.stringify(event) : line(event));
      await streamEvents(apiOf(command).url, options.since, tell, stop.signal);
    });
  addExample(watch, 'ferry watch --json');
}

function line(event: FerryEvent): string {
  const data = Object.entries(event.data).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const time = paint(process.stdout, 'dim', event.at.slice(11, 23));
  return [time, event.type, event.subject, ...data].join(' ');
}
