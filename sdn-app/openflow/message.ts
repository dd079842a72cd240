import { type Carries, constant, type Defaulted, defaulted, type Fixed, u32, u8 } from './kinds.js';
import {
  type Arguments,
  type FieldInput,
  type Fields,
  type FieldValues,
  type Simplify,
} from './fields.js';
import { Layout } from './layout.js';
import { type StructShape, structShape } from './shape.js';

/** The version byte of OpenFlow 1.3. */
export const openflow13 = 0x04;

export interface Complaint {
  readonly field: string;
  readonly detail: string;
}

/** What is declared of a message beside its fields. */
export interface Header {
  /** The type byte of the header (section 7.1). */
  readonly code: number;
  /** Section of OpenFlow 1.3.5, or the extension, that specifies the message. */
  readonly section: string;
  /** Any version byte is accepted, and shown: for messages that negotiate versions. */
  readonly anyVersion?: true;
  /** For messages of an extension, which follow the experimenter header (section 7.5.4). */
  readonly experimenter?: { readonly id: number; readonly type: number };
  /** A rule between fields, checked both ways. */
  readonly check?: (message: Readonly<Record<string, unknown>>) => Complaint | undefined;
}

const xid = defaulted(u32, 0);
type DefaultedNumber = Fixed<number> & Defaulted;
type WithHeader<H, F> = F & { xid: DefaultedNumber } & (H extends { anyVersion: true }
    ? { version: DefaultedNumber }
    : unknown);

/** What codecs need of a message, whatever it carries. */
export interface AnyMessage extends Header {
  readonly type: string;
  readonly layout: Layout;
  readonly shape: StructShape;
}

type MessageValue<Name, F> = Simplify<{ type: Name } & FieldValues<F>>;

/** A message, declared once. Called, it makes one: defaults filled in, `xid` 0. */
export interface MessageDeclaration<Name extends string, F extends Fields>
  extends AnyMessage, Carries<MessageValue<Name, F>> {
  (...input: Arguments<FieldInput<F>>): MessageValue<Name, F>;
  readonly type: Name;
}

/**
 * Declares a message by its fields in wire order after the header; its TypeScript type, its
 * constructor, its encoder and its decoder follow.
 */
export function defineMessage<
  const Name extends string,
  const H extends Header,
  const F extends Fields,
>(type: Name, header: H, fields: F): MessageDeclaration<Name, WithHeader<H, F>> {
  const { experimenter, anyVersion } = header;
  const layout = new Layout(
    {
      xid,
      ...(experimenter === undefined
        ? {}
        : {
            _experimenter: constant(u32, experimenter.id),
            _experimenterType: constant(u32, experimenter.type),
          }),
      ...fields,
    },
    { key: 'type', value: type },
  );
  const base = anyVersion === true ? { version: openflow13 } : {};
  const versionShape = { shape: u8.shape, initial: () => openflow13 };
  const shape = structShape(layout.shape.fixedBytes, {
    ...(anyVersion === true ? { version: versionShape } : {}),
    ...Object.fromEntries(layout.shape.fields),
  });
  const make = (input?: object): unknown => layout.make({ ...base, ...input });
  return Object.assign(make, header, { type, layout, shape }) as unknown as MessageDeclaration<
    Name,
    WithHeader<H, F>
  >;
}
