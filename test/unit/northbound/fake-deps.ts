/** The northbound on a controller that is made up. */
import { FerryError } from '../../../sdn-app/contract/errors.js';
import type {
  CheckpointResource,
  MigrationRequest,
  MigrationResource,
} from '../../../sdn-app/contract/rest.js';
import { systemClock } from '../../../sdn-app/clock.js';
import { EventLog } from '../../../sdn-app/events.js';
import { emptyFigures } from '../../../sdn-app/migration/record.js';
import type { NorthboundDeps } from '../../../sdn-app/northbound/deps.js';
import { SwitchRegistry } from '../../../sdn-app/switch/index.js';
import { stats } from '../hosts/agents.js';
import { topology } from '../steering/lab-network.js';

export const migration: MigrationResource = {
  id: 'm-0000000a',
  vnf: 'nat1',
  strategy: 'statelet',
  srcHost: 'host1',
  destHost: 'host2',
  state: 'preparing',
  createdAt: '2025-01-01T00:00:00.000Z',
  endedAt: null,
  figures: emptyFigures(),
  restarts: 0,
  notes: [],
};

const place = { dpid: '0000000000000001', switch: 's1', port: 1, portName: 's1-eth1' };

export const checkpoint: CheckpointResource = {
  ...{ id: 'c-0000000a', vnf: 'nat1', instance: 'nat1.0000000a', host: 'host1' },
  ...{ takenAt: '2025-01-01T00:00:00.000Z', role: 'serving', frozenMs: 45.9, dumpMs: 110 },
  ...{ rawBytes: 20_000_000, storedBytes: 2_400_000, hosts: ['host1', 'host2'] },
};

export interface FakeDeps extends NorthboundDeps {
  requested: MigrationRequest[];
  submitted: unknown[];
}

export function fakeDeps(): FakeDeps {
  const requested: MigrationRequest[] = [];
  const submitted: unknown[] = [];
  const known = (id: string) => {
    if (id === migration.id) return migration;
    throw new FerryError('MIGRATION_UNKNOWN', `there is no migration ${id}`, 'id');
  };
  return {
    version: '0.1.0',
    topology,
    events: new EventLog(systemClock),
    switches: new SwitchRegistry(),
    hosts: {
      declared: ['host1', 'host2'],
      connected: (host) => host === 'host1',
      instances: (host) => {
        const instance = { id: 'nat1.0000000a', vnf: 'nat1', pid: 5, running: true };
        return host === 'host1'
          ? new Map([[instance.id, { ...instance, stats: undefined }]])
          : undefined;
      },
      stats: () => Promise.resolve(stats('serving')),
    },
    checkpoints: {
      take: (vnf) => Promise.resolve({ ...checkpoint, vnf }),
      list: (vnf) => Promise.resolve([{ ...checkpoint, vnf }]),
    },
    network: {
      counters: () => ({
        ...{ switches: 1, links: 0, hosts: 1, packetIns: 3, floods: 1, refused: 0, dropped: 0 },
        ...{ forgedLldp: 0, unsent: 0 },
      }),
      switches: () => [
        {
          ...{ dpid: '0000000000000001', name: 's1', connected: true, hosts: 1 },
          ports: [{ port: 1, name: 's1-eth1', role: 'edge' }],
        },
      ],
      links: () => [{ from: place, to: { ...place, port: 2 }, state: 'up' }],
      hosts: () => [{ mac: '00:00:00:00:00:01', ipv4: '10.0.0.1', at: place, ageMs: 5 }],
      path: (from, to) => {
        if (from === to) throw new FerryError('NOT_FOUND', 'no path', 'from');
        const hop = { dpid: '0000000000000001', switch: 's1', inPort: 1, outPort: 2 };
        return { from, to, hops: [hop] };
      },
    },
    vnfs: {
      names: ['nat1'],
      status: (name) => {
        if (name !== 'nat1') throw new FerryError('VNF_UNKNOWN', `no VNF ${name}`, 'vnf');
        return {
          ...{ name, kind: 'nat44', state: 'serving', host: 'host1' },
          ...{ instance: 'nat1.0000000a', migration: null },
        };
      },
    },
    migrations: {
      migrate: (request) => {
        requested.push(request);
        if (request.to === 'host9') throw new FerryError('HOST_UNKNOWN', 'no host host9', 'to');
        if (request.to === 'bug') throw new TypeError('undefined is not a function');
        return Promise.resolve(migration);
      },
      list: () => [migration],
      get: known,
      report: (id) => {
        known(id);
        throw new FerryError('REPORT_NOT_READY', 'still preparing');
      },
      addTraffic: (id, traffic) => {
        known(id);
        submitted.push(traffic);
        return Promise.resolve();
      },
    },
    requested,
    submitted,
  };
}
