/** Numbers as people read them. */
const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function count(value: number | null): string {
  return value === null ? '-' : COUNT.format(value);
}

export function milliseconds(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}

/** Sizes in powers of 1000, as link rates are. */
export function bytes(value: number | null): string {
  if (value === null) return '-';
  if (value < 10_000) return `${COUNT.format(value)} B`;
  if (value < 10_000_000) return `${(value / 1e3).toFixed(1)} kB`;
  return `${(value / 1e6).toFixed(1)} MB`;
}

export function microseconds(value: number | null): string {
  if (value === null) return '-';
  return value < 1000 ? `${COUNT.format(value)} us` : `${(value / 1000).toFixed(2)} ms`;
}
