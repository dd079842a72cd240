import { show } from './kinds.js';
import { type AnyMessage, openflow13 } from './message.js';
import { asRecord } from './layout.js';
import type { UnionShape } from './shape.js';
import { lengthFieldOffset, type Reader, type Writer } from './wire.js';
import { refuse, WireError } from './wire-error.js';

/** OFPT_EXPERIMENTER (section 7.5.4). */
const experimenterCode = 4;

/** Reads and writes whole messages of a set of declarations, header included (section 7.1). */
export class Codec {
  readonly shape: UnionShape;
  private readonly byType = new Map<unknown, AnyMessage>();
  private readonly byCode = new Map<number, AnyMessage>();
  private readonly byExperimenter = new Map<string, AnyMessage>();

  constructor(readonly declarations: readonly AnyMessage[]) {
    const members = new Map(declarations.map(({ type, shape }) => [type, shape]));
    this.shape = { is: 'union', key: 'type', members, unit: 1 };
    for (const declaration of declarations) {
      const { type, code, experimenter } = declaration;
      this.byType.set(type, declaration);
      if (experimenter === undefined) this.byCode.set(code, declaration);
      else this.byExperimenter.set(keyOf(experimenter.id, experimenter.type), declaration);
    }
  }

  /** Reads one message and leaves the reader behind it. */
  read(reader: Reader): unknown {
    const start = reader.position;
    const version = reader.u8('version');
    const code = reader.u8('type');
    const outer = reader.enter(start, reader.u16('length'));
    const declaration = this.find(reader, version, code, start);
    try {
      const message = declaration.layout.read(reader, start);
      reader.leave(outer);
      if (declaration.anyVersion === true) message['version'] = version;
      this.check(declaration, message, start);
      return message;
    } catch (error) {
      throw nameMessage(error, declaration);
    }
  }

  write(writer: Writer, value: unknown): void {
    const start = writer.position;
    const message = asRecord(value, start);
    const declaration = this.byType.get(message['type']);
    if (declaration === undefined) {
      refuse('WIRE_UNKNOWN_TYPE', 'type', start, `no message is called ${show(message['type'])}`);
    }
    try {
      this.check(declaration, message, start);
      this.checkUndeclared(declaration, message, start);
      const version = declaration.anyVersion === true ? versionOf(message, start) : openflow13;
      writer.header(version, declaration.code);
      declaration.layout.write(writer, message, start);
      writer.fillLength(start + lengthFieldOffset, start);
    } catch (error) {
      throw nameMessage(error, declaration);
    }
  }

  private find(reader: Reader, version: number, code: number, start: number): AnyMessage {
    const plain = this.byCode.get(code);
    if (version !== openflow13 && plain?.anyVersion !== true) {
      refuse('WIRE_BAD_VERSION', 'version', start, `is ${version}, not 4 (OpenFlow 1.3)`);
    }
    if (code === experimenterCode) {
      const key = keyOf(reader.peekU32(1), reader.peekU32(2));
      const extension = this.byExperimenter.get(key);
      if (extension !== undefined) return extension;
    }
    return plain ?? refuse('WIRE_UNKNOWN_TYPE', 'type', start + 1, `no message has type ${code}`);
  }

  /** Bytes that stood for a declared extension would be read as that one, or not at all. */
  private checkUndeclared(
    { code, experimenter }: AnyMessage,
    message: Readonly<Record<string, unknown>>,
    start: number,
  ): void {
    if (code !== experimenterCode || experimenter !== undefined) return;
    const declared = this.byExperimenter.get(
      keyOf(message['experimenter'], message['experimenterType']),
    );
    if (declared === undefined) return;
    const detail = `is declared: use type ${show(declared.type)}`;
    refuse('WIRE_BAD_VALUE', 'experimenterType', start, detail);
  }

  private check(
    declaration: AnyMessage,
    message: Readonly<Record<string, unknown>>,
    start: number,
  ): void {
    const complaint = declaration.check?.(message);
    if (complaint === undefined) return;
    refuse('WIRE_BAD_VALUE', complaint.field, start, complaint.detail);
  }
}

function nameMessage(error: unknown, { type }: AnyMessage): unknown {
  return error instanceof WireError ? error.inMessage(type) : error;
}

function versionOf(message: Readonly<Record<string, unknown>>, offset: number): number {
  const version = message['version'];
  if (typeof version === 'number' && Number.isInteger(version) && version >= 0 && version < 256) {
    return version;
  }
  return refuse('WIRE_BAD_VALUE', 'version', offset, `must be 0 to 255, not ${show(version)}`);
}

function keyOf(id: unknown, type: unknown): string {
  return `${String(id)}/${String(type)}`;
}
