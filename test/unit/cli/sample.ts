/** Documents as the controller gives them, for tests to change one thing of. */
import type { Report } from '../../../sdn-app/contract/report.js';
import type { MigrationResource, VnfResource } from '../../../sdn-app/contract/rest.js';

export function sampleReport(): Report {
  return {
    schemaVersion: 1,
    strategy: 'statelet',
    vnf: 'nat1',
    srcHost: 'host1',
    destHost: 'host2',
    guarantees: ['loss-free', 'order-preserving'],
    environment: { kernel: '6.1', ovs: '3.1.0', cpus: 2 },
    traffic: {
      offered: 1000,
      delivered: 1000,
      lost: 0,
      duplicated: 0,
      reordered: 0,
      packetBytes: 512,
      ratePps: 20_000,
      flows: 1000,
      translationsChanged: 0,
      tcp: { survived: true, retransmits: 3, bytes: 12_345_678 },
    },
    migration: sampleMigration().figures,
    latency: {
      p50Us: 100,
      p99Us: 900,
      p999Us: 2000,
      maxUs: 9000,
      longestGapMs: 4,
      secondsOver15Ms: 0,
    },
    unmeasured: {},
  };
}

export function sampleMigration(): MigrationResource {
  return {
    id: 'm-0123abcd',
    vnf: 'nat1',
    strategy: 'statelet',
    srcHost: 'host1',
    destHost: 'host2',
    state: 'completed',
    createdAt: '2026-01-02T03:04:05.000Z',
    endedAt: '2026-01-02T03:04:06.000Z',
    figures: {
      state: 'completed',
      durationMs: 900,
      phasesMs: {
        preparing: 300,
        synchronising: 500,
        synchronised: 60,
        switching: 10,
        draining: 30,
      },
      snapshotBytes: 6_400_000,
      snapshotEntries: 100_000,
      statelets: 1000,
      stateletBytes: 64_000,
      dataplaneBytes: 9_000_000,
      stateletFactor: 0.0071,
      peakBufferedPackets: 120,
      frozenMs: 0,
      bundle: true,
    },
    restarts: 0,
    flows: null,
    notes: [],
  };
}

export function sampleVnf(): VnfResource {
  return {
    name: 'nat1',
    kind: 'nat44',
    state: 'serving',
    host: 'host1',
    instance: 'nat1.0123abcd',
    migration: null,
    recovery: null,
    redundancy: null,
    parts: [],
    stats: null,
  };
}
