// Bytes as Open vSwitch dumps them: an offset, sixteen bytes, and the same as text.
const lineBytes = 16;

export function hexDump(bytes: Uint8Array): string {
  let lines = '';
  for (let at = 0; at < bytes.length; at += lineBytes) {
    lines += dumpLine(bytes.subarray(at, at + lineBytes), at);
  }
  return lines;
}

function dumpLine(bytes: Uint8Array, at: number): string {
  const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  const left = pairs.slice(0, 8).join(' ');
  const right = pairs.slice(8).join(' ');
  const both = pairs.length < 8 ? left : `${left}-${right}`;
  const text = Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
  ).join('');
  const offset = at.toString(16).padStart(8, '0');
  return `${offset}  ${both.padEnd(3 * lineBytes)}|${text.padEnd(lineBytes)}|\n`;
}
