/** Reads a topology file: YAML, then the schema, then the checks across its parts. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LineCounter, parseDocument, type Document } from 'yaml';
import type { core } from 'zod';
import { checkTopology } from './check.js';
import { FerryError, messageOf } from './errors.js';
import { nfDefinition } from './nf.js';
import { topologySchema, type Topology } from './topology.js';

export const MAX_TOPOLOGY_BYTES = 1_048_576;
/** Nodes that aliases may unfold to; more is an attack, not a topology. */
const MAX_ALIASES = 1000;

/**
 * The topology of a file, complete with defaults.
 * @throws FerryError TOPOLOGY_UNREADABLE, or a TOPOLOGY_ code with the field's path and its line.
 */
export async function loadTopology(path: string): Promise<Topology> {
  return parseTopology(await readBounded(path), path);
}

/** The same for text already read; `source` names it in errors. */
export function parseTopology(text: string, source: string): Topology {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fault = document.errors[0];
  if (fault !== undefined) {
    const line = fault.linePos?.[0].line;
    throw unreadable(source, line, fault.message.split('\n')[0] ?? fault.code);
  }
  const result = topologySchema.safeParse(toValue(document, source));
  if (!result.success) throw schemaError(result.error.issues, source, document, lines);
  for (const { kind, config } of Object.values(result.data.vnfs)) {
    Object.assign(config, nfDefinition(kind).atFile?.(config, resolve(source)));
  }
  try {
    checkTopology(result.data);
  } catch (error) {
    if (!(error instanceof FerryError) || error.field === undefined) throw error;
    const line = lineOf(document, lines, error.field.split('.'));
    throw new FerryError(error.code, `${at(source, line)}: ${error.message}`, error.field);
  }
  return result.data;
}

async function readBounded(path: string): Promise<string> {
  let bytes: number;
  try {
    const status = await stat(path);
    if (!status.isFile()) throw new FerryError('TOPOLOGY_UNREADABLE', `${path} is not a file`);
    bytes = status.size;
  } catch (error) {
    if (error instanceof FerryError) throw error;
    throw new FerryError('TOPOLOGY_UNREADABLE', `${path} cannot be read: ${messageOf(error)}`);
  }
  if (bytes > MAX_TOPOLOGY_BYTES) {
    throw new FerryError(
      'TOPOLOGY_UNREADABLE',
      `${path} has ${bytes} bytes; a topology has at most ${MAX_TOPOLOGY_BYTES}`,
    );
  }
  return readFile(path, 'utf8');
}

function toValue(document: Document, source: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    throw unreadable(source, undefined, messageOf(error));
  }
}

function unreadable(source: string, line: number | undefined, message: string): FerryError {
  return new FerryError('TOPOLOGY_UNREADABLE', `${at(source, line)}: ${message}`);
}

function at(source: string, line: number | undefined): string {
  return line === undefined ? source : `${source}:${line}`;
}

function schemaError(
  issues: readonly core.$ZodIssue[],
  source: string,
  document: Document,
  lines: LineCounter,
): FerryError {
  const issue = issues[0];
  if (issue === undefined) return unreadable(source, undefined, 'not a topology');
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') path.push(...issue.keys.slice(0, 1));
  const line = lineOf(document, lines, path);
  const others = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return new FerryError(
    'TOPOLOGY_INVALID',
    `${at(source, line)}: ${issue.message}${others}`,
    path.join('.') || 'version',
  );
}

/** Line of a field, or of the nearest thing around it that the file has. */
function lineOf(
  document: Document,
  lines: LineCounter,
  path: readonly string[],
): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    const offset = offsetOf(node);
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return undefined;
}

function offsetOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  const range: unknown = node.range;
  const first: unknown = Array.isArray(range) ? range[0] : undefined;
  return typeof first === 'number' ? first : undefined;
}
