/** `ferry openflow ...` as a process of its own, and its functions on bytes in memory. */
import { spawn } from 'node:child_process';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { encodeLines } from '../../../../sdn-app/cli/openflow/encode.js';
import { printFrames, type PrintOptions } from '../../../../sdn-app/cli/openflow/print.js';
import { Sink } from '../../../../sdn-app/cli/openflow/sink.js';

export const FERRY = fileURLToPath(
  new URL('../../../../../sdn-app/cli/ferry.mjs', import.meta.url),
);

export interface Outcome {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export function ferryOpenflow(words: readonly string[], input: Buffer | string): Promise<Outcome> {
  const child = spawn(process.execPath, [FERRY, 'openflow', ...words]);
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => undefined); // It may end before it has read everything.
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout: Buffer.concat(stdout), stderr }));
  });
}

/** The input in chunks of so many bytes. */
async function* chunksOf(input: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < input.length; at += size) {
    yield await Promise.resolve(input.subarray(at, at + size));
  }
}

class Collector extends Writable {
  readonly chunks: Buffer[] = [];
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(Buffer.from(chunk));
    done();
  }
  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

export interface Printed {
  /** A parsed object for each line. */
  readonly objects: unknown[];
  readonly faults: number;
}

export async function print(
  input: Buffer | string,
  options: Partial<PrintOptions> = {},
  chunkBytes = 0x1_0000,
): Promise<Printed> {
  const { text, faults } = await printText(input, options, chunkBytes);
  const lines = text.split('\n').filter((line) => line !== '');
  return { objects: lines.map((line) => JSON.parse(line) as unknown), faults };
}

export async function printText(
  input: Buffer | string,
  options: Partial<PrintOptions> = {},
  chunkBytes = 0x1_0000,
): Promise<{ text: string; faults: number }> {
  const out = new Collector();
  const chunks = chunksOf(Buffer.from(input), chunkBytes);
  const faults = await printFrames(chunks, new Sink(out), { hex: false, human: false, ...options });
  return { text: out.bytes.toString(), faults };
}

export async function encode(
  lines: string,
  options = { hex: false },
  chunkBytes = 0x1_0000,
): Promise<{ bytes: Buffer; faults: number; errors: unknown[] }> {
  const [out, errors] = [new Collector(), new Collector()];
  const chunks = chunksOf(Buffer.from(lines), chunkBytes);
  const faults = await encodeLines(chunks, new Sink(out), new Sink(errors), options);
  const told = errors.bytes.toString().split('\n').slice(0, -1);
  return { bytes: out.bytes, faults, errors: told.map((line) => JSON.parse(line) as unknown) };
}

/** The objects as `ferry openflow print` prints them. */
export function linesOf(objects: readonly unknown[]): string {
  return objects.map((object) => `${JSON.stringify(object)}\n`).join('');
}
