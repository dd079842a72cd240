// Text forms of addresses. Decoding always yields the canonical form, so that equal addresses
// are equal strings; encoding accepts any valid form.

const hexByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const [zero, nine, colon, dot] = [0x30, 0x39, 0x3a, 0x2e] as const;
const groupText = /^[0-9a-f]{1,4}$/i;

/** The upper 16 and the lower 32 bits of an address, as `02:00:00:00:00:01`. */
export function formatMac(high: number, low: number): string {
  const upper = `${hex(high >>> 8)}:${hex(high)}:${hex(low >>> 24)}`;
  return `${upper}:${hex(low >>> 16)}:${hex(low >>> 8)}:${hex(low)}`;
}

/** The 48-bit number, or undefined when the text is not a MAC address. */
export function parseMac(text: string): number | undefined {
  if (text.length !== 17) return undefined;
  let address = 0;
  for (let index = 0; index < 17; index += 1) {
    const code = text.charCodeAt(index);
    if (index % 3 === 2) {
      if (code !== colon) return undefined;
      continue;
    }
    const digit = hexDigit(code);
    if (digit === undefined) return undefined;
    address = address * 16 + digit;
  }
  return address;
}

/** A 32-bit number as `10.0.0.1`. */
export function formatIpv4(address: number): string {
  const high = `${address >>> 24}.${(address >>> 16) & 255}`;
  return `${high}.${(address >>> 8) & 255}.${address & 255}`;
}

/** The 32-bit number, or undefined when the text is not dotted decimal. */
export function parseIpv4(text: string): number | undefined {
  let address = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === dot) {
      if (digits === 0) return undefined;
      address = address * 256 + part;
      dots += 1;
      part = 0;
      digits = 0;
      continue;
    }
    if (code < zero || code > nine) return undefined;
    // No leading zeros: some programs take them for octal.
    if (digits > 0 && part === 0) return undefined;
    part = part * 10 + code - zero;
    digits += 1;
    if (part > 255) return undefined;
  }
  return dots === 3 && digits > 0 ? address * 256 + part : undefined;
}

/** Sixteen bytes in the text form of RFC 5952: lower case, the longest run of zeros as `::`. */
export function formatIpv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index));
  const zeros = longestZeroRun(groups);
  const text = groups.map((group) => group.toString(16));
  if (zeros.length < 2) return text.join(':');
  const after = zeros.start + zeros.length;
  return `${text.slice(0, zeros.start).join(':')}::${text.slice(after).join(':')}`;
}

/** The sixteen bytes, or undefined when the text is not an IPv6 address without zone. */
export function parseIpv6(text: string): Buffer | undefined {
  const halves = text
    .split('::')
    .map((half, index, all) => splitGroups(half, index + 1 === all.length));
  if (halves.length > 2 || halves.includes(undefined)) return undefined;
  const [head = [], tail] = halves;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
  const bytes = Buffer.alloc(16);
  groups.forEach((group, index) => bytes.writeUInt16BE(group, 2 * index));
  return bytes;
}

function hex(byte: number): string {
  return hexByte[byte & 0xff] ?? '';
}

function hexDigit(code: number): number | undefined {
  if (code >= zero && code <= nine) return code - zero;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}

function splitGroups(half: string, isLast: boolean): number[] | undefined {
  if (half === '') return [];
  const parts = half.split(':');
  const last = parts.at(-1) ?? '';
  if (isLast && last.includes('.')) {
    const ipv4 = parseIpv4(last);
    if (ipv4 === undefined) return undefined;
    parts.splice(-1, 1, (ipv4 >>> 16).toString(16), (ipv4 & 0xffff).toString(16));
  }
  return parts.every((part) => groupText.test(part))
    ? parts.map((part) => Number.parseInt(part, 16))
    : undefined;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}
