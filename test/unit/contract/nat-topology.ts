/** A valid topology as one writes it, for tests to change one thing of. */
interface LinkInput {
  host: string;
  switch: string;
  network: string;
  address: string;
  mac?: string;
  port?: number;
  carries?: string[];
}

interface VnfPortInput {
  network: string;
  mac: string;
  address: string;
}

interface VnfInput {
  kind: string;
  host: string;
  ports: { inside: VnfPortInput; outside?: VnfPortInput; [name: string]: VnfPortInput | undefined };
  config: { pool: [string, ...string[]]; capacity?: number };
}

export interface TopologyInput {
  version: number;
  name: string;
  switches: Record<string, { dpid: number }>;
  networks: Record<string, { subnet: string }>;
  hosts: Record<string, { agent?: boolean; gateway?: string }> & { client: { gateway?: string } };
  links: [LinkInput, LinkInput, LinkInput, LinkInput, LinkInput, LinkInput];
  trunks?: { between: [string, string]; ports?: [number, number] }[];
  vnfs: { nat1: VnfInput; [name: string]: VnfInput };
  traffic: { client: string; server: string; vnf: string; entries?: number; flows?: number };
}

export function natTopology(): TopologyInput {
  const link = (host: string, network: string, address: string): LinkInput => ({
    host,
    switch: 's1',
    network,
    address,
  });
  return {
    version: 1,
    name: 'test-nat',
    switches: { s1: { dpid: 1 } },
    networks: { inside: { subnet: '10.0.0.0/16' }, outside: { subnet: '203.0.113.0/24' } },
    hosts: {
      client: { gateway: '10.0.0.1' },
      server: {},
      host1: { agent: true },
      host2: { agent: true },
    },
    links: [
      link('client', 'inside', '10.0.0.10/16'),
      link('server', 'outside', '203.0.113.10/24'),
      link('host1', 'inside', '10.0.0.11/16'),
      link('host1', 'outside', '203.0.113.11/24'),
      link('host2', 'inside', '10.0.0.12/16'),
      link('host2', 'outside', '203.0.113.12/24'),
    ],
    vnfs: {
      nat1: {
        kind: 'nat44',
        host: 'host1',
        ports: {
          inside: { network: 'inside', mac: '02:fe:00:00:00:01', address: '10.0.0.1/16' },
          outside: { network: 'outside', mac: '02:fe:00:00:00:02', address: '203.0.113.1/24' },
        },
        config: { pool: ['203.0.113.101', '203.0.113.102'], capacity: 131_072 },
      },
    },
    traffic: { client: 'client', server: 'server', vnf: 'nat1' },
  };
}
