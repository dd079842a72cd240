/** A NAT between two networks, with two hosts that can run it. */
import { topologySchema, type Topology } from '../../../sdn-app/contract/topology.js';
import { switchNetwork, type SwitchNetwork } from '../../../sdn-app/steering/index.js';

export const MAC = {
  client: '02:fd:00:00:00:01',
  server: '02:fd:00:00:00:02',
  host1Inside: '02:fd:00:00:00:03',
  inside: '02:fe:00:00:01:01',
  outside: '02:fe:00:00:01:02',
  broadcast: 'ff:ff:ff:ff:ff:ff',
  unknown: '02:99:00:00:00:01',
} as const;

/** OpenFlow port numbers, in the order of the links. */
export const PORT = {
  client: 1,
  server: 2,
  host1Inside: 3,
  host1Outside: 4,
  host2Inside: 5,
  host2Outside: 6,
} as const;

const link = (host: string, network: string, address: string, onSwitch = 's1') => ({
  host,
  switch: onSwitch,
  network,
  address,
});

export const topologyInput = {
  version: 1,
  name: 'steering-test',
  switches: { s1: { dpid: 1 } },
  networks: { inside: { subnet: '10.0.0.0/16' }, outside: { subnet: '203.0.113.0/24' } },
  hosts: { client: {}, server: {}, host1: { agent: true }, host2: { agent: true } },
  links: [
    link('client', 'inside', '10.0.0.10/16'),
    link('server', 'outside', '203.0.113.10/24'),
    link('host1', 'inside', '10.0.0.21/16'),
    link('host1', 'outside', '203.0.113.21/24'),
    link('host2', 'inside', '10.0.0.22/16'),
    link('host2', 'outside', '203.0.113.22/24'),
  ],
  vnfs: {
    nat1: {
      kind: 'nat44',
      host: 'host1',
      ports: {
        inside: { network: 'inside', mac: MAC.inside, address: '10.0.0.1/16' },
        outside: { network: 'outside', mac: MAC.outside, address: '203.0.113.1/24' },
      },
      config: {
        pool: ['203.0.113.2', '203.0.113.3'],
        pairedNets: ['10.0.0.0/17', '10.0.128.0/17'],
      },
    },
  },
};

export const topology: Topology = topologySchema.parse(topologyInput);

export const portNumbers = new Map(
  Object.values(PORT).map((number) => [`s1-eth${number}`, number] as const),
);

export const network: SwitchNetwork = switchNetwork(topology, 's1', portNumbers);
