/** What can be wrong with bytes from a peer, or with a message given to the encoder. */
export type WireErrorCode =
  /** The frame or a structure in it ends before a field does. */
  | 'WIRE_TRUNCATED'
  /** A length field contradicts the bytes around it. */
  | 'WIRE_BAD_LENGTH'
  /** The version byte is not 0x04 (OpenFlow 1.3). */
  | 'WIRE_BAD_VERSION'
  /** No declaration has this message type. */
  | 'WIRE_UNKNOWN_TYPE'
  /** A field's value is outside what the protocol, or its width, allows. */
  | 'WIRE_BAD_VALUE'
  /** A frame or structure is longer than allowed (never more than 65535 bytes). */
  | 'WIRE_TOO_LONG';

export interface WirePlace {
  /** Declared name of the message, or `header` while it is not yet known. */
  readonly messageType: string;
  /** Path of the field, for example `instructions[1].actions[0].port`. */
  readonly field: string;
  /** Where the field starts, in bytes from the start of the frame. */
  readonly offset: number;
}

/** The only error that leaves this folder: says which message, which field and where. */
export class WireError extends Error implements WirePlace {
  override readonly name = 'WireError';
  readonly messageType: string;
  readonly field: string;
  readonly offset: number;

  constructor(
    readonly code: WireErrorCode,
    readonly detail: string,
    place: WirePlace,
  ) {
    super(`OpenFlow ${place.messageType}: ${place.field} at byte ${place.offset}: ${detail}`);
    this.messageType = place.messageType;
    this.field = place.field;
    this.offset = place.offset;
  }

  /** The same error seen from the structure around it. */
  under(parent: string): WireError {
    const joint = this.field.startsWith('[') ? '' : '.';
    return this.placed(this.messageType, `${parent}${joint}${this.field}`);
  }

  /** The same error, once the message is known. */
  inMessage(messageType: string): WireError {
    return this.placed(messageType, this.field);
  }

  /** The same error, of a frame that stood in a buffer from `origin` on. */
  inFrame(origin: number): WireError {
    return this.placed(this.messageType, this.field, this.offset - origin);
  }

  private placed(messageType: string, field: string, offset = this.offset): WireError {
    return new WireError(this.code, this.detail, { messageType, field, offset });
  }
}

/** Throws a WireError whose message is not known yet: the codec adds it on the way out. */
export function refuse(code: WireErrorCode, field: string, offset: number, detail: string): never {
  throw new WireError(code, detail, { messageType: 'header', field, offset });
}

/** Places a WireError in its frame; anything else passes unchanged. */
export function placeInFrame(error: unknown, origin: number): unknown {
  return error instanceof WireError ? error.inFrame(origin) : error;
}

/** Names the surrounding field in a WireError; anything else passes unchanged. */
export function nameField(error: unknown, parent: string): unknown {
  return error instanceof WireError ? error.under(parent) : error;
}
