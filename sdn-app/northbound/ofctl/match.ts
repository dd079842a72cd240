/** Matches of ofctl_rest: an object with a value for each field, under old names or those of OXM. */
import { z } from 'zod';
import { match, type MatchFields, type OxmField } from '../../openflow/index.js';
import { FIELDS } from './fields.js';
import { fieldValue, showOxm, VLAN_PRESENT, type FieldValue, type Plain } from './field-value.js';
import { nameOf, RESERVED, whole } from './scalar.js';

const ARP = 0x0806;
/** Transport ports whose protocol `ip_proto` tells. */
const PORTS_OF: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' };
const BY_PROTOCOL = ['tp_src', 'tp_dst'];

/** The OXM name of each older one. */
const ALIASES = new Map(
  [...FIELDS].flatMap(([key, { alias }]) => (alias === undefined ? [] : [[alias, key] as const])),
);

const values = Object.fromEntries(
  [...FIELDS].flatMap(([key, field]) => {
    const schema = fieldValue(field).nullish();
    return [key, ...(field.alias === undefined ? [] : [field.alias])].map((name) => [name, schema]);
  }),
);
const transportPort = whole(16)
  .transform((value): FieldValue => ({ value }))
  .nullish();

/** A match of a request, as a decoded OpenFlow match. Unknown fields are refused. */
export const matchBody = z
  .strictObject({
    ...values,
    ...Object.fromEntries(BY_PROTOCOL.map((key) => [key, transportPort])),
  })
  .transform((given, context): OxmField[] => {
    const fields = new Map<string, FieldValue>();
    const numberOf = (...keys: string[]): unknown =>
      keys.map((key) => given[key]?.value).find((value) => value !== undefined);
    const isArp = numberOf('eth_type', 'dl_type') === ARP;
    const protocol = numberOf('ip_proto', 'nw_proto');
    for (const [key, value] of Object.entries(given)) {
      if (value === null || value === undefined) continue;
      const name = BY_PROTOCOL.includes(key) ? portName(key, protocol) : oxmName(key, isArp);
      if (name === undefined) {
        const message = 'needs nw_proto (6, 17 or 132) beside it';
        context.addIssue({ code: 'custom', message, path: [key] });
      } else if (fields.has(name)) {
        context.addIssue({ code: 'custom', message: `gives ${name} twice`, path: [key] });
      } else {
        fields.set(name, value);
      }
    }
    return match(decoded(fields));
  });

/** A match for an answer; two fields of the same name in it: the first one. */
export function showMatch(fields: readonly OxmField[]): Record<string, unknown> {
  const shown = new Map<string, unknown>();
  for (const field of fields) {
    const [key, value] = showField(field);
    if (!shown.has(key)) shown.set(key, value);
  }
  return Object.fromEntries(shown);
}

function oxmName(key: string, isArp: boolean): string {
  const name = ALIASES.get(key) ?? key;
  // Of an ARP packet, the older names mean its protocol addresses (OpenFlow 1.0).
  if (isArp && key === 'nw_src') return 'arp_spa';
  if (isArp && key === 'nw_dst') return 'arp_tpa';
  return name;
}

function portName(key: string, protocol: unknown): string | undefined {
  const prefix = typeof protocol === 'number' ? PORTS_OF[protocol] : undefined;
  return prefix === undefined ? undefined : key.replace('tp', prefix);
}

function decoded(fields: ReadonlyMap<string, FieldValue>): MatchFields {
  const entries = [...fields].map(([key, { value, mask }]) => {
    const name = FIELDS.get(key)?.name ?? key;
    return [name, mask === undefined ? value : { value, mask }];
  });
  return Object.fromEntries(entries) as MatchFields;
}

function showField(oxm: OxmField): [string, unknown] {
  const { key, value, mask } = showOxm(oxm);
  const { printed = key, sort } = FIELDS.get(key) ?? {};
  if (sort === 'vlan') return [printed, showVlan(Number(value), mask)];
  if (sort === 'port') return [printed, nameOf(RESERVED.port, Number(value))];
  return [printed, mask === undefined ? value : `${value}/${mask}`];
}

function showVlan(value: number, mask: Plain | undefined): string {
  const hex = (number: number): string => `0x${number.toString(16).padStart(4, '0')}`;
  if (mask !== undefined) return `${hex(value)}/${hex(Number(mask))}`;
  return (value & VLAN_PRESENT) === 0 ? hex(value) : String(value & ~VLAN_PRESENT);
}
