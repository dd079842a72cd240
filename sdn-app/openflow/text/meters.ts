// Meters and their bands.
import type { MeterBand, MeterConfig, MeterMod, MeterStats } from '../meter.js';
import type { MultipartReplyBody } from '../multipart.js';
import { meter } from '../port-number.js';
import { bitNames, duration, hex } from './numbers.js';
import { textOf, type Texts } from './texts.js';

const reserved = new Map<number, string>([
  [meter.slowPath, 'slowpath'],
  [meter.controller, 'controller'],
  [meter.all, 'all'],
]);

export function meterName(meterId: number, separator = '='): string {
  const unnamed = meterId > meter.max ? 'unknown' : meterId.toString();
  return `meter${separator}${reserved.get(meterId) ?? unnamed}`;
}

const flagNames = { packetsPerSecond: 'pktps' };

function bandText(band: MeterBand, hasBurst: boolean): string {
  if (band.type === 'unknown') return `type=${band.code}`;
  const burst = hasBurst ? ` burst_size=${band.burstSize}` : '';
  return `${textOf(bandNames, 'type', band)} rate=${band.rate}${burst}${bandDetail(band)}`;
}

const bandNames: Texts<'type', MeterBand> = {
  drop: () => 'type=drop',
  dscpRemark: () => 'type=dscp_remark',
  experimenter: ({ experimenter }) => `type=experimenter(${hex(experimenter)})`,
};

function bandDetail(band: MeterBand): string {
  return band.type === 'dscpRemark' ? ` prec_level=${band.precedenceLevel}` : '';
}

/** Ends with a line break, the bands on lines of their own. */
export function meterConfigText({ meterId, flags, bands }: Omit<MeterConfig, 'type'>): string {
  const shown = flags.length === 0 ? '' : `${bitNames(flags, flagNames)} `;
  const hasBurst = flags.includes('burst');
  const lines = bands.map((band) => `\n${bandText(band, hasBurst)}`);
  return `${meterName(meterId)} ${shown}bands=${lines.join('')}\n`;
}

const commandNames = { add: 'ADD', modify: 'MOD', delete: 'DEL' } as const;

export function meterModText(message: MeterMod): string {
  return `${commandNames[message.command]} ${meterConfigText(message)}`;
}

export function meterStatsText(stats: MeterStats): string {
  const line = [
    meterName(stats.meterId, ':'),
    `flow_count:${stats.flowCount}`,
    `packet_in_count:${stats.packetCount}`,
    `byte_in_count:${stats.byteCount}`,
    `duration:${duration(stats.durationSec, stats.durationNsec)}`,
    'bands:\n',
  ].join(' ');
  const bands = stats.bands.map(
    ({ packetCount, byteCount }, index) =>
      `${index}: packet_count:${packetCount} byte_count:${byteCount}\n`,
  );
  return `${line}${bands.join('')}`;
}

type MeterFeatures = Extract<MultipartReplyBody, { kind: 'meterFeatures' }>;

export function meterFeaturesText(features: MeterFeatures): string {
  const { maxMeters, maxBands, maxColor, bandTypes, capabilities } = features;
  return [
    `\nmax_meter:${maxMeters} max_bands:${maxBands} max_color:${maxColor}`,
    `band_types: ${bitNames(bandTypes, { dscpRemark: 'dscp_remark' })}`,
    `capabilities: ${bitNames(capabilities, flagNames)}\n`,
  ].join('\n');
}
