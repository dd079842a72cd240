import type { WireError } from './wire-error.js';

/** What can be wrong with the JSON form of a message. */
export type JsonErrorCode =
  /** A message or a structure lacks a field that has no default. */
  | 'JSON_MISSING_FIELD'
  /** A field that the declaration does not have. */
  | 'JSON_UNKNOWN_FIELD'
  /** A value of the wrong kind, or outside what the field can hold. */
  | 'JSON_BAD_VALUE';

/** The only error of `messageFromJson`: says which message, which field, and what it must be. */
export class JsonError extends Error {
  override readonly name = 'JsonError';

  constructor(
    readonly code: JsonErrorCode,
    /** Declared name of the message; empty while it is not known. */
    readonly messageType: string,
    /** Path of the field, for example `body.flows[3].match[0].value`; empty for the whole. */
    readonly field: string,
    readonly detail: string,
  ) {
    super(
      `${[messageType, field].filter((part) => part !== '').join(': ') || 'message'}: ${detail}`,
    );
  }

  /** The same error seen from the structure around it. */
  under(parent: string): JsonError {
    const joint = this.field === '' || this.field.startsWith('[') ? '' : '.';
    return new JsonError(
      this.code,
      this.messageType,
      `${parent}${joint}${this.field}`,
      this.detail,
    );
  }

  inMessage(messageType: string): JsonError {
    return new JsonError(this.code, messageType, this.field, this.detail);
  }

  /** What the encoder found, told without its offset: there are no bytes yet. */
  static from({ messageType, field, detail }: WireError): JsonError {
    return new JsonError('JSON_BAD_VALUE', messageType, field, detail);
  }
}

/** Throws a JsonError about the value at hand: those around it add where that is. */
export function refuseJson(code: JsonErrorCode, detail: string, field = ''): never {
  throw new JsonError(code, '', field, detail);
}
