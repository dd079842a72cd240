/** What a command prints: a table or text for people, one JSON document for scripts. */
import Table from 'cli-table3';
import { isErrorCode, toFerryError, type ErrorCode, type FerryError } from '../contract/errors.js';

const COLOURS = { red: 31, dim: 2, bold: 1 } as const;

/** Colours text on a terminal; NO_COLOR (no-color.org) turns it off. */
export function paint(
  stream: NodeJS.WriteStream,
  colour: keyof typeof COLOURS,
  text: string,
): string {
  if (!stream.isTTY || (process.env['NO_COLOR'] ?? '') !== '') return text;
  return `\u001b[${COLOURS[colour]}m${text}\u001b[0m`;
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** For progress and remarks: stdout belongs to the result. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function sayJson(value: unknown): void {
  say(JSON.stringify(value, null, 2));
}

export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

/** `error CODE: message (field) -> what to do`. */
export function errorLine(error: FerryError): string {
  const field = error.field === undefined ? '' : ` (${error.field})`;
  return `error ${error.code}: ${error.message}${field} -> ${error.advice}`;
}

/** Tells a fault on stderr: one line for people, one JSON object with --json. */
export function tellError(thrown: unknown, json: boolean): void {
  const error = toFerryError(thrown);
  if (json) {
    remark(JSON.stringify({ error: { ...error.toProblem(), advice: error.advice } }));
    return;
  }
  const line = errorLine(error);
  remark(paint(process.stderr, 'red', line));
  if (error.code === 'INTERNAL' && thrown instanceof Error) remark(thrown.stack ?? '');
}

/** An error code that another process named; one that the table does not have is INTERNAL. */
export function knownCode(code: string): ErrorCode {
  return isErrorCode(code) ? code : 'INTERNAL';
}
