import {
  action,
  bundleProperty,
  errorCause,
  helloElement,
  instruction,
  messages,
  meterBand,
  multipartReplyBody,
  multipartRequestBody,
  queueProperty,
  tableProperty,
} from '../../../sdn-app/openflow/index.js';
import { oxmFields } from '../../../sdn-app/openflow/oxm-registry.js';
import type { Shape } from '../../../sdn-app/openflow/shape.js';

/** The tables of docs/openflow.md, from the declarations, by the heading that they stand under. */
export const tables: Readonly<Record<string, string>> = {
  Messages: table(
    ['Message', 'Type', 'Section'],
    messages.map((message) => {
      const { type, code, section } = message;
      const extension = 'experimenter' in message ? message.experimenter : undefined;
      return [
        `\`${type}\``,
        extension === undefined ? code : `${code}, ${extension.type}`,
        section,
      ];
    }),
  ),
  Multipart: table(
    ['Kind', 'Number', 'Section', 'Request asks by', 'Reply holds'],
    Object.entries(multipartReplyBody.variants).map(([kind, { code, section, fields }]) => [
      `\`${kind}\``,
      number(code),
      section,
      names(
        multipartRequestBody.variants[kind as keyof typeof multipartRequestBody.variants].fields,
      ),
      names(fields),
    ]),
  ),
  Actions: members(action.variants),
  Instructions: members(instruction.variants),
  'Meter bands': members(meterBand.variants),
  'Queue properties': members(queueProperty.variants),
  'Table properties': members(tableProperty.variants),
  'Hello elements': members(helloElement.variants),
  'Bundle properties': members(bundleProperty.variants),
  'Error types': table(
    ['Type', 'Number', 'Codes'],
    Object.entries(errorCause.variants).map(([type, { code, fields }]) => [
      `\`${type}\``,
      number(code),
      'code' in fields ? codes(fields.code.shape) : names(fields),
    ]),
  ),
  'Match fields': table(
    ['Field', 'Class', 'Number', 'Value', 'Mask', 'Needs'],
    Object.entries(oxmFields).map(([name, declaration]) => [
      `\`${name}\``,
      className(declaration),
      declaration.code,
      valueOf(declaration.kind.shape),
      declaration.maskable ? 'yes' : '',
      declaration.needs.map(({ field }) => field).join(', '),
    ]),
  ),
};

interface Member {
  readonly code: number;
  readonly section: string;
  readonly fields: object;
}

function members(variants: Readonly<Record<string, Member>>): string {
  return table(
    ['Name', 'Number', 'Section', 'Fields'],
    Object.entries(variants).map(([name, { code, section, fields }]) => [
      `\`${name}\``,
      number(code),
      section,
      names(fields),
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function names(fields: object): string {
  return Object.keys(fields)
    .filter((name) => !name.startsWith('_'))
    .join(', ');
}

function number(code: number): string {
  return code < 0xfff0 ? String(code) : `0x${code.toString(16)}`;
}

function codes(shape: Shape): string {
  return shape.is === 'enumeration' ? [...shape.names.values()].join(', ') : '';
}

function className(place: { readonly oxmClass: number; readonly experimenter?: number }): string {
  const { oxmClass, experimenter } = place;
  const hex = (value: number, digits: number): string =>
    `0x${value.toString(16).padStart(digits, '0')}`;
  return experimenter === undefined
    ? hex(oxmClass, 4)
    : `${hex(oxmClass, 4)}, ${hex(experimenter, 8)}`;
}

function valueOf(shape: Shape): string {
  switch (shape.is) {
    case 'address':
      return { mac: 'MAC address', ipv4: 'IPv4 address', ipv6: 'IPv6 address' }[shape.of];
    case 'bytes':
      return `${shape.size ?? 0} bytes`;
    case 'number':
    case 'bigint':
      return `${shape.bits} ${shape.bits === 1 ? 'bit' : 'bits'}`;
    default:
      return shape.is;
  }
}
