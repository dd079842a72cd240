/** What a command reads: standard input, or a file. */
import { createReadStream } from 'node:fs';
import { FerryError } from '../../contract/errors.js';

/** Chunks as they come. Rejects with FILE_UNREADABLE. */
export async function* readInput(file: string | undefined): AsyncGenerator<Buffer> {
  const isStandard = file === undefined || file === '-';
  const stream: AsyncIterable<Buffer> = isStandard ? process.stdin : createReadStream(file);
  try {
    yield* stream;
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const name = isStandard ? 'standard input' : file;
    throw new FerryError('FILE_UNREADABLE', `${name}: ${error.message}`, 'file');
  }
}
