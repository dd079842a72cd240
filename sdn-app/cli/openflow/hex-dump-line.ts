/** One line of a hex dump: an offset, bytes, and often the same bytes as text. */
export interface DumpLine {
  readonly offset: string;
  readonly bytes: Buffer;
}

const line = /^\|?\s*(?:0x)?(?<offset>[0-9a-f]{4,16})(?<mark>:|\s*\||(?=\s)|$)(?<rest>.*)$/i;

/**
 * Whether text that begins so is a dump. Its first offset is zero, and no frame begins with a zero:
 * that is where the version stands.
 */
export function isFirstOfDump(text: string): boolean {
  const offset = line.exec(text)?.groups?.['offset'];
  return offset !== undefined && /^0+$/.test(offset);
}

/** Undefined when it is not the line of a dump. */
export function readDumpLine(text: string): DumpLine | undefined {
  const { offset = '', mark = '', rest = '' } = line.exec(text)?.groups ?? {};
  if (offset === '') return undefined;
  const digits = withoutText(rest.trim(), mark).replaceAll(/[\s-]+/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) return undefined;
  return { offset, bytes: Buffer.from(digits, 'hex') };
}

/**
 * Cuts off the text beside the bytes. xxd and tcpdump, with a colon, put two spaces before it;
 * hexdump and Open vSwitch a bar; od an angle bracket; tshark three spaces.
 */
function withoutText(body: string, mark: string): string {
  const [bytes = ''] = mark === ':' ? body.split(/\s{2}/, 1) : body.split(/\s*[|>]|\s{3}/, 1);
  return bytes;
}

/** Whether a line says that this many bytes precede it. */
export function isOffset(digits: string, before: number): boolean {
  // Most programs count in hexadecimal digits, od in octal ones.
  return [16, 8, 10].some((base) => parseInt(digits, base) === before);
}
