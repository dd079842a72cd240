/**
 * What the probe dumps and restores: a NAT on two packet rings, and a TCP connection over which it
 * tells how many packets it has had. `node probe-subject.js TCP-PORT INSIDE OUTSIDE`.
 */
import { connect } from 'node:net';
import { Instance } from '../../native/index.js';

const [port, inside = '', outside = ''] = process.argv.slice(2);
const MACS = ['02:fe:00:00:00:01', '02:fe:00:00:00:02'] as const;

const instance = new Instance(
  {
    kind: 'nat44',
    config: {
      inside: { mac: MACS[0], address: '198.18.0.1/24' },
      outside: { mac: MACS[1], address: '198.18.1.1/24' },
      pool: ['198.18.1.2'],
      portRange: { first: 1024, last: 65535 },
      capacity: 1024,
    },
    ports: [
      { interface: inside, mac: MACS[0] },
      { interface: outside, mac: MACS[1] },
    ],
    role: 'serving',
  },
  () => undefined,
);
instance.start();
const socket = connect(Number(port), '127.0.0.1');
socket.on('data', () => {
  const received = instance.stats().ports.reduce((sum, each) => sum + each.rxPackets, 0);
  socket.write(`${received}\n`);
});
socket.on('error', () => undefined);
