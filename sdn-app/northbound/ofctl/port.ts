/** Ports and their queues: the body of portdesc/modify, and statistics. */
import { z } from 'zod';
import { FerryError } from '../../contract/errors.js';
import {
  multipartRequestBody,
  port as portNumbers,
  portDescription,
  portMod,
  type Port,
  type PortConfigFlag,
  type PortMod,
} from '../../openflow/index.js';
import { bitmapOf } from './bitmap.js';
import { setFieldValue } from './field-value.js';
import { nameOf, orElse, RESERVED, whole, whole64 } from './scalar.js';
import { statistic } from './statistic.js';

const { port } = RESERVED;
const { make } = multipartRequestBody;
const config = bitmapOf<PortConfigFlag>(portDescription.shape, 'config');
const state = bitmapOf<Port['state'][number]>(portDescription.shape, 'state');

/** ALL is every port here, as in Ryu; ANY is what OpenFlow calls it. */
export const portPart = {
  name: 'port',
  schema: whole(32, port).transform((number) =>
    number === port.values.ALL ? port.values.ANY : number,
  ),
};

export const portBody = z.strictObject({
  dpid: whole64,
  port_no: whole(32, port),
  hw_addr: setFieldValue({ sort: 'mac', bits: 48 })
    .transform(({ value }) => String(value))
    .nullish(),
  config: orElse(whole(32), 0),
  mask: orElse(whole(32), 0),
  advertise: whole(32).nullish(),
});

/** What the body leaves out stays as the switch has it. */
export function portCommand(body: z.infer<typeof portBody>, ports: readonly Port[]): PortMod {
  const known = ports.find(({ portNo }) => portNo === body.port_no);
  const hwAddr = body.hw_addr ?? known?.hwAddr;
  if (hwAddr === undefined) {
    const message = `the switch has no port ${nameOf(port, body.port_no)}`;
    throw new FerryError('NOT_FOUND', message, 'port_no');
  }
  return portMod({
    portNo: body.port_no,
    hwAddr,
    config: config.toFlags(body.config),
    mask: config.toFlags(body.mask),
    advertise: body.advertise ?? known?.advertised ?? 0,
  });
}

export const portStatistic = statistic<'portStats'>({
  path: 'port',
  summary: 'Counters of ports',
  parts: [portPart],
  request: (portNo = portNumbers.any) => make.portStats({ portNo }),
  show: ({ ports }) =>
    ports.map((each) => ({
      rx_packets: each.rxPackets,
      tx_packets: each.txPackets,
      rx_bytes: each.rxBytes,
      tx_bytes: each.txBytes,
      rx_dropped: each.rxDropped,
      tx_dropped: each.txDropped,
      rx_errors: each.rxErrors,
      tx_errors: each.txErrors,
      rx_frame_err: each.rxFrameErrors,
      rx_over_err: each.rxOverrunErrors,
      rx_crc_err: each.rxCrcErrors,
      collisions: each.collisions,
      duration_sec: each.durationSec,
      duration_nsec: each.durationNsec,
      port_no: nameOf(port, each.portNo),
    })),
});

/** The request of 1.3 names no port: the one that is asked for is picked here. */
export const portDescriptions = statistic<'portDesc'>({
  path: 'portdesc',
  summary: 'Ports of the switch',
  parts: [portPart],
  request: () => make.portDesc(),
  show: ({ ports }, wanted = portNumbers.any) =>
    ports
      .filter(({ portNo }) => wanted === portNumbers.any || portNo === wanted)
      .map((each) => ({
        hw_addr: each.hwAddr,
        name: each.name,
        config: config.toNumber(each.config),
        state: state.toNumber(each.state),
        curr: each.curr,
        advertised: each.advertised,
        supported: each.supported,
        peer: each.peer,
        curr_speed: each.currSpeed,
        max_speed: each.maxSpeed,
        port_no: nameOf(port, each.portNo),
      })),
});
