// Byte by byte, because Buffer's own methods check what is known here. The fallbacks are never
// taken: whoever reads has checked that the bytes are there.
export function load8(bytes: Buffer, at: number): number {
  return bytes[at] ?? 0;
}

export function load16(bytes: Buffer, at: number): number {
  return (load8(bytes, at) << 8) | load8(bytes, at + 1);
}

export function load32(bytes: Buffer, at: number): number {
  return ((load16(bytes, at) << 16) | load16(bytes, at + 2)) >>> 0;
}

export function store8(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value;
}

export function store16(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function store32(bytes: Buffer, at: number, value: number): void {
  store16(bytes, at, value >>> 16);
  store16(bytes, at + 2, value & 0xffff);
}
