/** JavaScript made of declarations: names for the objects that it uses, then the function itself. */
export class Code {
  private readonly names = new Map<unknown, string>();

  /** What the code calls this object. */
  name(value: unknown): string {
    let name = this.names.get(value);
    if (name === undefined) this.names.set(value, (name = `k${this.names.size}`));
    return name;
  }

  /** The value of `expression`, in which those names stand for the objects. */
  compile(expression: string): unknown {
    // Made of declarations alone, when the program starts; nothing from a peer gets here.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const make = new Function(...this.names.values(), `return ${expression};`) as (
      ...objects: unknown[]
    ) => unknown;
    return make(...this.names.keys());
  }
}

export function quote(text: string): string {
  return JSON.stringify(text);
}
