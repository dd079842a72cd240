/** `ferry openflow encode`: a line of JSON in, a frame out. */
import { encode, JsonError, messageFromJson } from '../../openflow/index.js';
import { faultObject, type Fault } from './fault.js';
import { type Line, LineReader } from './line-reader.js';
import type { Sink } from './sink.js';

/** Characters of a line: many more than the JSON of the longest message has. */
const maxLineChars = 0x80_0000;
/** How many bytes of frames are gathered before they are written. */
const heldBytes = 0x1_0000;

/**
 * Resolves with how many lines could not be encoded; each is told on `errors` as an error object.
 * Empty lines are passed over.
 */
export async function encodeLines(
  input: AsyncIterable<Buffer>,
  sink: Sink,
  errors: Sink,
  { hex }: { readonly hex: boolean },
): Promise<number> {
  const reader = new LineReader(maxLineChars);
  let faults = 0;
  const take = async (lines: readonly Line[]): Promise<void> => {
    let held: Buffer[] = [];
    let size = 0;
    const flush = async (): Promise<void> => {
      await sink.write(Buffer.concat(held));
      held = [];
      size = 0;
    };
    for (const line of lines) {
      if (line.text?.trim() === '') continue;
      const encoded = encodeLine(line);
      if ('code' in encoded) {
        faults += 1;
        // First what precedes it, so that a reader of both sees them in order.
        await flush();
        await errors.write(`${JSON.stringify(faultObject(encoded))}\n`);
        continue;
      }
      held.push(hex ? Buffer.from(`${encoded.toString('hex')}\n`) : encoded);
      size += encoded.length;
      if (size > heldBytes) await flush();
    }
    await flush();
  };
  for await (const chunk of input) {
    await take(reader.push(chunk));
    if (sink.isClosed) return faults;
  }
  await take(reader.end());
  return faults;
}

function encodeLine({ number: line, text }: Line): Buffer | Fault {
  const fault = (fault: Fault): Fault => ({
    ...fault,
    message: `line ${line}: ${fault.message}`,
    line,
  });
  if (text === undefined) {
    return fault({ code: 'JSON_INVALID', message: `is over ${maxLineChars} characters` });
  }
  try {
    return encode(messageFromJson(JSON.parse(text)));
  } catch (error) {
    if (error instanceof SyntaxError) {
      return fault({ code: 'JSON_INVALID', message: error.message });
    }
    if (!(error instanceof JsonError)) throw error;
    const { code, message, messageType, field } = error;
    return fault({
      code,
      message,
      ...(messageType === '' ? {} : { messageType }),
      ...(field === '' ? {} : { field }),
    });
  }
}
