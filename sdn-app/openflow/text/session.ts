// What the two ends say about themselves: hello, features, configuration, role.
import type { BundleControl } from '../bundle.js';
import type { Hello } from '../basic.js';
import type { FeaturesReply, GetConfigReply } from '../features.js';
import type { RoleReply, SetAsync } from '../role.js';
import { removalReason } from './flows.js';
import { hexDump } from './hex-dump.js';
import { bitNames, hex, snake } from './numbers.js';

export function helloText({ version, elements }: Hello): string {
  const bitmap = elements.find(({ type }) => type === 'versionBitmap');
  const unknown = elements.flatMap((element) =>
    element.type === 'unknown'
      ? [` unknown element ${element.code}:\n${hexDump(element.bytes)}`]
      : [],
  );
  // Without a bitmap the sender means its version and, as far as one can know, all below it.
  const said = bitmap !== undefined && 'bitmaps' in bitmap ? bitmap.bitmaps[0] : undefined;
  const versions = versionsOf(said ?? 2 ** (version + 1) - 2);
  const shown = versions.map((number) => hex(number, 2)).join(', ');
  return `\n version bitmap: ${shown}\n${unknown.join('')}`;
}

function versionsOf(bitmap: number): number[] {
  return Array.from({ length: 32 }, (_, version) => version).filter(
    (version) => Math.floor(bitmap / 2 ** version) % 2 === 1,
  );
}

const capabilityNames = {
  flowStats: 'FLOW_STATS',
  tableStats: 'TABLE_STATS',
  portStats: 'PORT_STATS',
  groupStats: 'GROUP_STATS',
  ipReassembly: 'IP_REASM',
  queueStats: 'QUEUE_STATS',
  portBlocked: 'PORT_BLOCKED',
};

export function featuresText(features: FeaturesReply): string {
  const { datapathId, tableCount, bufferCount, auxiliaryId, capabilities } = features;
  const auxiliary = auxiliaryId === 0 ? '' : `, auxiliary_id:${auxiliaryId}`;
  return [
    ` dpid:${datapathId.toString(16).padStart(16, '0')}`,
    `n_tables:${tableCount}, n_buffers:${bufferCount}${auxiliary}`,
    `capabilities: ${bitNames(capabilities, capabilityNames)}\n`,
  ].join('\n');
}

export function configText({ fragments, missSendLength }: Omit<GetConfigReply, 'type'>): string {
  return ` frags=${fragments} miss_send_len=${missSendLength}\n`;
}

/** Open vSwitch says primary and secondary for what OpenFlow 1.3 calls master and slave. */
const roleNames: Readonly<Record<string, string>> = {
  noChange: 'nochange',
  master: 'primary',
  slave: 'secondary',
};
const noGeneration = 0xffff_ffff_ffff_ffffn;

export function roleText({ role, generationId }: Omit<RoleReply, 'type'>): string {
  const generation = generationId === noGeneration ? '' : ` generation_id=${generationId}`;
  return ` role=${roleNames[role] ?? role}${generation}`;
}

export function asyncText(message: Omit<SetAsync, 'type'>): string {
  const reasons = (label: string, flags: readonly string[]): string => {
    const names = flags.map((flag) => snake(removalReason(flag)));
    return `${label.padStart(16)}: ${names.length === 0 ? '(off)' : names.join(' ')}\n`;
  };
  const of = (role: string, packetIn: string[], portStatus: string[], flowRemoved: string[]) =>
    [
      `\n ${role}:\n`,
      reasons('PACKET_IN', packetIn),
      reasons('PORT_STATUS', portStatus),
      reasons('FLOW_REMOVED', flowRemoved),
    ].join('');
  return [
    of('primary', message.packetIn, message.portStatus, message.flowRemoved),
    of('secondary', message.packetInAsSlave, message.portStatusAsSlave, message.flowRemovedAsSlave),
  ].join('');
}

export function bundleControlText({ bundleId, controlType, flags }: BundleControl): string {
  const type = snake(controlType).toUpperCase();
  return `\n bundle_id=${hex(bundleId)} type=${type} flags=${bitNames(flags, {})}`;
}
