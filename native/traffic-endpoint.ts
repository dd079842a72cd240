// Process of one traffic endpoint: options on the first line of stdin, then commands; JSON lines out.
import type { z } from 'zod';
import { LineSplitter } from './line-splitter.js';
import {
  trafficCommand,
  trafficOptions,
  type TrafficMessage,
  type TrafficOptions,
} from './traffic-schema.js';
import { TrafficEndpoint } from './traffic.js';

const maxLineChars = 256 * 1_024;
const statsEveryMs = 100;

function write(message: TrafficMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** An error line; the process ends with exit code 1 when it ends. */
function writeError(error: unknown): void {
  process.exitCode = 1;
  const { code, field } = error as { code?: unknown; field?: unknown };
  write({
    type: 'error',
    code: typeof code === 'string' ? code : 'TRAFFIC_INTERNAL',
    ...(typeof field === 'string' ? { field } : {}),
    message: (error instanceof Error ? error.message : String(error)).slice(0, 4_096),
  });
}

/** Reads one line as JSON of that form; an error names the field. */
function read<Schema extends z.ZodType>(
  schema: Schema,
  line: string,
  code: string,
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw Object.assign(new Error('The line is not JSON: send one JSON object a line.'), { code });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw Object.assign(
    new Error(`${field === '' ? 'line' : field}: ${issue?.message ?? 'invalid'}`),
    {
      code,
      field,
    },
  );
}

/** The endpoint, and what it has told so far. */
class EndpointProcess {
  readonly #endpoint: TrafficEndpoint;
  readonly #timer: NodeJS.Timeout;
  #prefilling = false;

  constructor(options: TrafficOptions) {
    this.#endpoint = new TrafficEndpoint(options);
    this.#timer = setInterval(() => this.#tell(), statsEveryMs);
    write({ type: 'ready', role: options.role, mac: this.#endpoint.mac });
  }

  obey(line: string): void {
    const command = read(trafficCommand, line, 'TRAFFIC_COMMAND');
    switch (command.do) {
      case 'start':
        this.#endpoint.start();
        return;
      case 'stop':
        this.#endpoint.stop();
        return;
      case 'prefill': {
        const { entries, ranges, ratePps } = command;
        if ((entries === undefined) === (ranges === undefined)) {
          throw Object.assign(new Error('entries: give either entries or ranges.'), {
            code: 'TRAFFIC_COMMAND',
            field: 'entries',
          });
        }
        this.#endpoint.prefill(ranges ?? [[0, (entries ?? 1) - 1]], ratePps);
        this.#prefilling = true;
        return;
      }
      case 'missing': {
        const ranges = this.#endpoint.missingPrefill(command.entries);
        const received = this.#endpoint.stats().prefillReceived;
        write({ type: 'missing', entries: command.entries, received, ranges });
      }
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#endpoint.close();
  }

  #tell(): void {
    const stats = this.#endpoint.stats();
    write({ type: 'stats', stats });
    if (this.#prefilling && stats.phase !== 'resolving' && stats.phase !== 'prefilling') {
      this.#prefilling = false;
      if (stats.phase !== 'failed') write({ type: 'prefilled', sent: stats.prefillSent });
    }
    if (stats.phase === 'finished') {
      clearInterval(this.#timer);
      const report = this.#endpoint.report();
      if (report !== null) write({ type: 'report', report });
    } else if (stats.phase === 'failed') {
      clearInterval(this.#timer);
      writeError(this.#endpoint.failure());
      process.stdin.destroy();
    }
  }
}

let endpoint: EndpointProcess | undefined;
const splitter = new LineSplitter(maxLineChars);

function fail(error: unknown): void {
  writeError(error);
  process.stdin.destroy();
}

process.stdin.on('data', (chunk: Buffer) => {
  let lines: string[];
  try {
    lines = splitter.push(chunk);
  } catch (error) {
    fail(error);
    return;
  }
  for (const line of lines) {
    if (endpoint === undefined) {
      try {
        endpoint = new EndpointProcess(read(trafficOptions, line, 'TRAFFIC_OPTIONS'));
      } catch (error) {
        fail(error);
        return;
      }
    } else {
      try {
        endpoint.obey(line);
      } catch (error) {
        writeError(error);
      }
    }
  }
});
process.stdin.on('close', () => endpoint?.close());
// Whoever started this process is gone: nothing is left to tell.
process.stdout.on('error', () => process.stdin.destroy());
