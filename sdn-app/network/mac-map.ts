/**
 * Values by MAC address. A Map is slow with keys of more than 31 bits, which are objects to the engine,
 * so there is one Map of the upper 24 bits (most stations share a few) and one for each of the lower.
 */
export class MacMap<V> {
  readonly #tables = new Map<number, Map<number, V>>();

  get(mac: number): V | undefined {
    const upper = upperOf(mac);
    return this.#tables.get(upper)?.get(lowerOf(mac, upper));
  }

  set(mac: number, value: V): void {
    const upper = upperOf(mac);
    const table = this.#tables.get(upper);
    if (table === undefined) this.#tables.set(upper, new Map([[lowerOf(mac, upper), value]]));
    else table.set(lowerOf(mac, upper), value);
  }

  delete(mac: number): void {
    const upper = upperOf(mac);
    const table = this.#tables.get(upper);
    table?.delete(lowerOf(mac, upper));
    if (table?.size === 0) this.#tables.delete(upper);
  }

  /** All of them as they are now. */
  entries(): [mac: number, value: V][] {
    return [...this.#tables].flatMap(([upper, table]) =>
      [...table].map(([lower, value]): [number, V] => [upper * HALF + lower, value]),
    );
  }
}

const HALF = 0x100_0000;

function upperOf(mac: number): number {
  return (mac / HALF) | 0;
}

function lowerOf(mac: number, upper: number): number {
  return (mac - upper * HALF) | 0;
}
