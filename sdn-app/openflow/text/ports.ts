// Ports: what they are, how they change, what they count.
import type { Port, PortMod, PortStatus } from '../port.js';
import type { PortStats } from '../port-stats.js';
import { bitNames, counter, duration } from './numbers.js';
import { portName } from './port-names.js';
import { printable } from './printable.js';

const configNames = {
  portDown: 'PORT_DOWN',
  noReceive: 'NO_RECV',
  noForward: 'NO_FWD',
  noPacketIn: 'NO_PACKET_IN',
};
const stateNames = { linkDown: 'LINK_DOWN', blocked: 'BLOCKED', live: 'LIVE' };

/** OFPPF_* from bit 0 up (section 7.2.1). */
const featureNames = [
  ...['10MB-HD', '10MB-FD', '100MB-HD', '100MB-FD', '1GB-HD', '1GB-FD', '10GB-FD', '40GB-FD'],
  ...['100GB-FD', '1TB-FD', 'OTHER', 'COPPER', 'FIBER', 'AUTO_NEG', 'AUTO_PAUSE'],
  'AUTO_PAUSE_ASYM',
];

function featureText(bitmap: number): string {
  const names = featureNames.filter((_, bit) => (bitmap >>> bit) % 2 === 1);
  return names.length === 0 ? '0' : names.join(' ');
}

/** Begins with a space, ends with a line break. */
export function portText(description: Port): string {
  const { portNo, name, hwAddr, config, state, currSpeed, maxSpeed } = description;
  const features: [string, number][] = [
    ['current:    ', description.curr],
    ['advertised: ', description.advertised],
    ['supported:  ', description.supported],
    ['peer:       ', description.peer],
  ];
  const mbps = (kbps: number): string => `${Math.floor(kbps / 1000)} Mbps`;
  const lines = [
    ` ${portName(portNo)}(${printable(name)}): addr:${hwAddr}`,
    `     config:     ${bitNames(config, configNames)}`,
    `     state:      ${bitNames(state, stateNames)}`,
    ...features
      .filter(([, bitmap]) => bitmap !== 0)
      .map(([label, bitmap]) => `     ${label}${featureText(bitmap)}`),
    `     speed: ${mbps(currSpeed)} now, ${mbps(maxSpeed)} max`,
  ];
  return `${lines.join('\n')}\n`;
}

const reasonNames: Readonly<Record<string, string>> = { add: 'ADD', delete: 'DEL', modify: 'MOD' };

export function portStatusText({ reason, port }: PortStatus): string {
  return ` ${reasonNames[reason] ?? reason}:${portText(port)}`;
}

export function portStatsText(stats: readonly PortStats[]): string {
  const entries = stats.map((port) => {
    const number = portName(port.portNo);
    const rx = [
      `pkts=${counter(port.rxPackets)}`,
      `bytes=${counter(port.rxBytes)}`,
      `drop=${counter(port.rxDropped)}`,
      `errs=${counter(port.rxErrors)}`,
      `frame=${counter(port.rxFrameErrors)}`,
      `over=${counter(port.rxOverrunErrors)}`,
      `crc=${counter(port.rxCrcErrors)}`,
    ];
    const tx = [
      `pkts=${counter(port.txPackets)}`,
      `bytes=${counter(port.txBytes)}`,
      `drop=${counter(port.txDropped)}`,
      `errs=${counter(port.txErrors)}`,
      `coll=${counter(port.collisions)}`,
    ];
    const lines = [
      `  port ${port.portNo < 10 ? number.padStart(2) : number}: rx ${rx.join(', ')}`,
      `           tx ${tx.join(', ')}`,
      ...(port.durationSec === 0xffffffff
        ? []
        : [`           duration=${duration(port.durationSec, port.durationNsec)}`]),
    ];
    return `${lines.join('\n')}\n`;
  });
  return ` ${stats.length} ports\n${entries.join('')}`;
}

export function portModText({ portNo, hwAddr, config, mask, advertise }: PortMod): string {
  const lines = [
    ` port: ${portName(portNo)}: addr:${hwAddr}`,
    `     config: ${bitNames(config, configNames)}`,
    `     mask:   ${bitNames(mask, configNames)}`,
    `     advertise: ${advertise === 0 ? 'UNCHANGED' : featureText(advertise)}`,
  ];
  return `${lines.join('\n')}\n`;
}
