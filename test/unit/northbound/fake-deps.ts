/** The northbound on a controller that is made up. */
import type { AlarmResource } from '../../../sdn-app/contract/alarm.js';
import { checkpointInfo } from '../../../sdn-app/contract/checkpoint.js';
import { FerryError } from '../../../sdn-app/contract/errors.js';
import type { AvailabilityResource, RecoveryResource } from '../../../sdn-app/contract/recovery.js';
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
  flows: null,
  notes: [],
};

const place = { dpid: '0000000000000001', switch: 's1', port: 1, portName: 's1-eth1' };

export const checkpoint: CheckpointResource = {
  ...{ id: 'c-0000000a', vnf: 'nat1', instance: 'nat1.0000000a', host: 'host1' },
  ...{ takenAt: '2025-01-01T00:00:00.000Z', role: 'serving', frozenMs: 45.9, dumpMs: 110 },
  servingFrozenMs: 45.9,
  ...{ rawBytes: 20_000_000, storedBytes: 2_400_000, hosts: ['host1', 'host2'] },
};

export const recovery: RecoveryResource = {
  ...{ id: 'r-0000000a', vnf: 'nat1', state: 'recovering', cause: 'its process ends' },
  ...{ srcHost: 'host1', srcInst: 'nat1.0000000a', destHost: 'host2', destInst: 'nat1.0000000b' },
  ...{ createdAt: '2025-01-01T00:00:00.000Z', endedAt: null, stepsMs: { redirected: 2.5 } },
  recovery: {
    ...{ mechanism: '1R-AS', fault: 'processExit', detectedBy: 'agent', detectMs: 1.5 },
    ...{ outageMs: null, lostPackets: null, replayedStatelets: null, lostState: null },
    ...{ translationsChanged: null, frozenMs: null, imageBytes: null },
  },
  notes: [],
};

export const alarm: AlarmResource = {
  ...{ id: 'a-0000000a', managedObjectId: 'nat1', faultType: 'VNF_FAILED' },
  rootCauseFaultyResource: { faultyResource: 'host1', faultyResourceType: 'COMPUTE' },
  ...{ alarmRaisedTime: '2025-01-01T00:00:00.000Z', eventTime: '2025-01-01T00:00:00.000Z' },
  ...{ alarmChangedTime: null, alarmClearedTime: null, alarmAcknowledgedTime: null },
  ...{ ackState: 'UNACKNOWLEDGED', perceivedSeverity: 'MAJOR', isRootCause: false },
  ...{ eventType: 'PROCESSING_ERROR_ALARM', probableCause: 'its process ends', faultDetails: [] },
};

export const availability: AvailabilityResource = {
  ...{ vnf: 'nat1', since: '2025-01-01T00:00:00.000Z', up: true, failures: 1, recoveries: 1 },
  ...{ downtimeMs: 9, detectMsMean: 2, recoverMsMean: 7, recoverMsMax: 7 },
  ...{ availability: 0.99999, nines: 5 },
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
  const knownRecovery = (id: string) => {
    if (id === recovery.id) return recovery;
    throw new FerryError('RECOVERY_UNKNOWN', `there is no recovery ${id}`, 'id');
  };
  const knownAlarm = (id: string) => {
    if (id === alarm.id) return alarm;
    throw new FerryError('ALARM_UNKNOWN', `there is no alarm ${id}`, 'id');
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
    restorer: {
      restore: (vnf, { to = 'host1' }) => {
        const taken = checkpointInfo.strip().parse(checkpoint);
        const figures = { ageMs: 5000, restoreMs: 90, downMs: 120, loss: null };
        const place = { host: to, instance: 'nat1.0000000a' };
        return Promise.resolve({ vnf, ...place, checkpoint: { ...taken, vnf }, ...figures });
      },
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
          ...{ instance: 'nat1.0000000a', parts: [], migration: null, recovery: null },
        };
      },
    },
    recoveries: {
      list: () => [recovery],
      get: (id) => knownRecovery(id),
      report: (id) => {
        knownRecovery(id);
        throw new FerryError('REPORT_NOT_READY', 'still recovering');
      },
      addTraffic: (id, traffic) => {
        knownRecovery(id);
        submitted.push(traffic);
        return Promise.resolve();
      },
      heal: (vnf, { cause }) => {
        if (vnf !== 'nat1') throw new FerryError('VNF_UNKNOWN', `no VNF ${vnf}`, 'name');
        return { ...recovery, cause };
      },
      redundancy: () => null,
    },
    scaler: {
      scale: (vnf, { instances }) => {
        if (instances > 2) throw new FerryError('HOST_NOT_SUITABLE', 'too few hosts', 'instances');
        return { vnf, state: 'running', hosts: ['host1', 'host2'], moves: 0, done: 0 };
      },
      get: (vnf) => ({ vnf, state: 'done', hosts: ['host1', 'host2'], moves: 1, done: 1 }),
    },
    alarms: {
      list: () => [alarm],
      get: (id) => knownAlarm(id),
      acknowledge: (id, { ackState }) => ({ ...knownAlarm(id), ackState }),
    },
    availability: {
      list: () => [availability],
      get: (vnf) => {
        if (vnf !== 'nat1') throw new FerryError('VNF_UNKNOWN', `no VNF ${vnf}`, 'name');
        return availability;
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
