/** Runs the tests of the laws on a network function that was compiled apart. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { FerryError } from '../contract/errors.js';
import { plugin } from '../contract/nfs/plugin.js';
import type { PortAddress } from '../contract/nfs/definition.js';
import { knownCode } from './output.js';
import { NF_TEST_PROGRAM } from './paths.js';

export interface NfTestOptions {
  /** JSON file with what a topology's `config` says, bar `path`. */
  config?: string;
  seed?: string;
}

export interface NfTestResult {
  name: string;
  passed: boolean;
  /** What was found wrong, with its place. */
  remarks: string[];
}

/** Each result as it comes. @throws FerryError when the function cannot be tested at all. */
export async function testNf(
  path: string,
  options: NfTestOptions,
  onResult: (result: NfTestResult) => void,
): Promise<void> {
  if (!existsSync(NF_TEST_PROGRAM)) {
    throw new FerryError('TOOL_MISSING', `${NF_TEST_PROGRAM} is not built`);
  }
  const env: Record<string, string> = { FERRY_NF_CONFIG: words(await nativeConfig(path, options)) };
  if (options.seed !== undefined) env['FERRY_TEST_SEED'] = options.seed;
  const child = spawn(NF_TEST_PROGRAM, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<NodeJS.Signals | null>((done, failed) => {
    child.once('error', failed);
    child.once('close', (_code, signal) => done(signal));
  });
  let wrong = '';
  child.stderr.on('data', (chunk: Buffer) => (wrong = (wrong + chunk.toString()).slice(-2000)));
  let remarks: string[] = [];
  let planned = -1;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const bail = /^Bail out! ([A-Z_]+): (.*?)(?: \((.*)\))?$/.exec(line);
    if (bail !== null) {
      await ended;
      throw new FerryError(knownNfCode(bail[1] ?? ''), bail[2] ?? '', bail[3]);
    }
    const result = /^(not )?ok \d+ - (.*)$/.exec(line);
    if (line.startsWith('1..')) planned = Number(line.slice(3));
    else if (result === null) remarks.push(line.replace(/^\s*# ?/, ''));
    else {
      seen += 1;
      onResult({ name: result[2] ?? '', passed: result[1] === undefined, remarks });
      remarks = [];
    }
  }
  const signal = await ended;
  if (seen === planned) return;
  const how = signal === null ? 'ended' : `was ended by ${signal}`;
  const message = `the test ${how} after ${seen} of ${planned} parts: ${[...remarks, wrong].join(' ').trim()}`;
  throw new FerryError('PLUGIN_INVALID', message, 'path');
}

/** Refusals of a configuration have codes of the native side. */
function knownNfCode(code: string) {
  return code.startsWith('CONFIG_') ? 'CONFIG_INVALID' : knownCode(code);
}

async function nativeConfig(path: string, { config: file }: NfTestOptions): Promise<unknown> {
  const given = file === undefined ? {} : await readConfig(file);
  const parsed = plugin.config.safeParse({ ...given, path: resolve(path) });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.');
    throw new FerryError('CONFIG_INVALID', issue?.message ?? 'not a configuration', field);
  }
  const ports: Record<string, PortAddress> = {};
  parsed.data.ports.forEach((name, index) => {
    const address = ['10.0.0.1/28', '203.0.113.1/28'][index] ?? `10.${index}.0.1/28`;
    ports[name] = { mac: `02:fe:00:00:00:0${index + 1}`, address };
  });
  plugin.check?.(parsed.data, ports, (field, message) => {
    throw new FerryError('CONFIG_INVALID', message, field);
  });
  return plugin.native(parsed.data, ports);
}

async function readConfig(file: string): Promise<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const reason = error instanceof z.ZodError ? 'not a JSON object' : String(error);
    throw new FerryError('FILE_UNREADABLE', `${file}: ${reason}`, '--config');
  }
}

/** The words that test/unit/native/plugin_subject.hpp reads. */
function words(value: unknown): string {
  const text = (each: string): string => `s${Buffer.from(each).toString('hex')}`;
  if (value === null || value === undefined) return 'z';
  if (typeof value === 'boolean') return value ? 'b1' : 'b0';
  if (typeof value === 'number') return `n${value}`;
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return [`a${value.length}`, ...value.map(words)].join(' ');
  const members = Object.entries(value);
  return [
    `o${members.length}`,
    ...members.map(([key, each]) => `${text(key)} ${words(each)}`),
  ].join(' ');
}
