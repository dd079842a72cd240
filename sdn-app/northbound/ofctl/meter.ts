/** Meters: the body of meterentry commands, and meter statistics. */
import { z } from 'zod';
import {
  meterBand,
  meterMod,
  multipartRequestBody,
  type MeterBand,
  type MeterFlag,
  type MeterMod,
} from '../../openflow/index.js';
import { nameOf, orElse, RESERVED, whole, whole64 } from './scalar.js';
import { statistic } from './statistic.js';

const { meter } = RESERVED;
const { make } = multipartRequestBody;

const FLAGS = {
  KBPS: 'kbps',
  PKTPS: 'packetsPerSecond',
  BURST: 'burst',
  STATS: 'stats',
} as const satisfies Record<string, MeterFlag>;
type FlagName = keyof typeof FLAGS;
const FLAG_NAMES = Object.keys(FLAGS) as FlagName[];
const flag = z.enum(FLAG_NAMES);

const rates = { rate: orElse(whole(32), 0), burst_size: orElse(whole(32), 0) };
const bandBody = z.discriminatedUnion('type', [
  z
    .strictObject({ type: z.literal('DROP'), ...rates })
    .transform((body): MeterBand =>
      meterBand.make.drop({ rate: body.rate, burstSize: body.burst_size }),
    ),
  z
    .strictObject({ type: z.literal('DSCP_REMARK'), ...rates, prec_level: orElse(whole(8), 0) })
    .transform((body): MeterBand =>
      meterBand.make.dscpRemark({
        rate: body.rate,
        burstSize: body.burst_size,
        precedenceLevel: body.prec_level,
      }),
    ),
  z
    .strictObject({ type: z.literal('EXPERIMENTER'), ...rates, experimenter: orElse(whole(32), 0) })
    .transform((body): MeterBand =>
      meterBand.make.experimenter({
        rate: body.rate,
        burstSize: body.burst_size,
        experimenter: body.experimenter,
      }),
    ),
]);

export const meterBody = z.strictObject({
  dpid: whole64,
  flags: orElse(z.union([flag.transform((one) => [one]), z.array(flag).max(8)]), []),
  meter_id: orElse(whole(32, meter), 0),
  bands: orElse(z.array(bandBody).max(256), []),
});

export function meterCommand(
  body: z.infer<typeof meterBody>,
  command: MeterMod['command'],
): MeterMod {
  const flags = [...new Set(body.flags)].map((name) => FLAGS[name]);
  return meterMod({ command, flags, meterId: body.meter_id, bands: body.bands });
}

const meterPart = { name: 'meter_id', schema: whole(32, meter) };

export const meterStatistic = statistic<'meterStats'>({
  path: 'meter',
  summary: 'Counters of meters',
  parts: [meterPart],
  request: (meterId = meter.values.ALL) => make.meterStats({ meterId }),
  show: ({ meters }) =>
    meters.map((each) => ({
      len: 40 + 16 * each.bands.length,
      flow_count: each.flowCount,
      packet_in_count: each.packetCount,
      byte_in_count: each.byteCount,
      duration_sec: each.durationSec,
      duration_nsec: each.durationNsec,
      band_stats: each.bands.map(({ packetCount, byteCount }) => ({
        packet_band_count: packetCount,
        byte_band_count: byteCount,
      })),
      meter_id: nameOf(meter, each.meterId),
    })),
});

export const meterConfiguration = statistic<'meterConfig'>({
  path: 'meterconfig',
  summary: 'Meters with their bands',
  parts: [meterPart],
  request: (meterId = meter.values.ALL) => make.meterConfig({ meterId }),
  show: ({ meters }) =>
    meters.map((each) => ({
      flags: showFlags(each.flags),
      bands: each.bands.map(showBand),
      meter_id: nameOf(meter, each.meterId),
    })),
});

export const meterFeatures = statistic<'meterFeatures'>({
  path: 'meterfeatures',
  summary: 'What the switch can do with meters',
  request: () => make.meterFeatures(),
  show: (features) => [
    {
      max_meter: features.maxMeters,
      band_types: [
        ...(features.bandTypes.includes('drop') ? ['DROP'] : []),
        ...(features.bandTypes.includes('dscpRemark') ? ['DSCP_REMARK'] : []),
      ],
      capabilities: showFlags(features.capabilities),
      max_bands: features.maxBands,
      max_color: features.maxColor,
    },
  ],
});

function showFlags(flags: readonly MeterFlag[]): string[] {
  return FLAG_NAMES.filter((name) => flags.includes(FLAGS[name]));
}

function showBand(band: MeterBand): Record<string, unknown> {
  switch (band.type) {
    case 'drop':
      return { rate: band.rate, burst_size: band.burstSize, type: 'DROP' };
    case 'dscpRemark': {
      const { rate, burstSize, precedenceLevel } = band;
      return { rate, burst_size: burstSize, type: 'DSCP_REMARK', prec_level: precedenceLevel };
    }
    case 'experimenter': {
      const { rate, burstSize, experimenter } = band;
      return { rate, burst_size: burstSize, type: 'EXPERIMENTER', experimenter };
    }
    default:
      return { type: '' };
  }
}
