/** A fault as it travels from an instance to the controller: code, sentence, field. */
export interface Problem {
  /** Of contract/errors.ts, or the native datapath's own. */
  code: string;
  message: string;
  /** Path of the value at fault, like `ports[0].interface`. */
  field?: string | undefined;
}

/** A fault with a code that the contract's table need not know (native codes pass through). */
export class ProblemError extends Error implements Problem {
  readonly code: string;
  readonly field: string | undefined;

  constructor(code: string, message: string, field?: string) {
    super(message);
    this.name = 'ProblemError';
    this.code = code;
    this.field = field;
  }
}

/** Any thrown value as a problem: coded errors keep code and field, all else is INTERNAL. */
export function toProblem(error: unknown): Problem {
  if (!(error instanceof Error)) return { code: 'INTERNAL', message: String(error) };
  const { code, field, syscall } = error as Error & Record<'code' | 'field' | 'syscall', unknown>;
  // Node's own errors have codes too (ENOENT, ERR_...): they are not ours, the message has them.
  const ours = typeof code === 'string' && syscall === undefined && !code.startsWith('ERR_');
  return {
    code: ours ? code : 'INTERNAL',
    message: error.message,
    ...(typeof field === 'string' && field !== '' ? { field } : {}),
  };
}
