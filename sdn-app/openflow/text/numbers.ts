// Numbers as Open vSwitch prints them.

type Count = number | bigint;

/** `0x1f`, and `0x0`. */
export function hex(value: Count, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

/** `0x1f`, but `0`: what `%#x` gives in C. */
export function sharpHex(value: Count): string {
  return value.toString() === '0' ? '0' : hex(value);
}

/** Seconds with as many decimals as there are, but at least those of milliseconds. */
export function duration(seconds: number, nanoseconds: number): string {
  if (nanoseconds === 0) return `${seconds}s`;
  const decimals = nanoseconds.toString().padStart(9, '0');
  const isWhole = nanoseconds % 1_000_000 === 0;
  return `${seconds}.${isWhole ? decimals.slice(0, 3) : decimals.replace(/0+$/, '')}s`;
}

const notKept = 0xffff_ffff_ffff_ffffn;

/** A counter, or `?` for the value of those that a switch does not keep. */
export function counter(value: bigint): string {
  return value === notKept ? '?' : value.toString();
}

/** A list of set bits as the number that they make; `names` has those with a name from bit 0 up. */
export function bitsHex(bits: readonly string[], names: readonly string[]): string {
  let bitmap = 0n;
  for (const bit of bits) {
    const named = names.indexOf(bit);
    bitmap |= 1n << BigInt(named === -1 ? bit.slice('bit'.length) : named);
  }
  return hex(bitmap);
}

/** Set bits by name; those without one as a number. `0` when there is none. */
export function bitNames(bits: readonly string[], names: Readonly<Record<string, string>>): string {
  let unnamed = 0n;
  const known: string[] = [];
  for (const bit of bits) {
    if (Object.hasOwn(names, bit)) known.push(names[bit] ?? bit);
    else if (/^bit\d+$/.test(bit)) unnamed |= 1n << BigInt(bit.slice(3));
    else known.push(bit);
  }
  if (unnamed !== 0n) known.push(hex(unnamed));
  return known.length === 0 ? '0' : known.join(' ');
}

/** A name in camel case as Open vSwitch writes names: `nw_src`; a number that has no name stays. */
export function snake(name: string | number): string {
  return String(name).replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
