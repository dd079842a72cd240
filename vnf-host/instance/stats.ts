/** The native datapath's counters in the form of the contract. */
import type { InstanceStats as NativeStats, ReplicaStats } from '../../native/index.js';
import type { InstanceStats } from '../../sdn-app/contract/instance.js';

/** Every counter that has no place of its own goes to `counters`, those of a port by its name. */
export function contractStats(native: NativeStats, portNames: readonly string[]): InstanceStats {
  const {
    mode,
    phase,
    entries,
    ports,
    nf,
    scheduling,
    snapshotBytes,
    snapshotEntries,
    statelets,
    stateletBytes,
    dataplaneBytes,
    dataplanePackets,
    lagBytes,
    heldPackets,
    heldPeakPackets,
    stragglers,
    markerTimeouts,
    reconnects,
    replica,
    ...datapath
  } = native;
  return {
    mode,
    entries,
    counters: {
      ...datapath,
      /** 1 when the worker was granted a priority above the normal one. */
      workerRaised: scheduling === 'normal' ? 0 : 1,
      ...portCounters(ports, portNames),
      ...(replica === undefined ? {} : replicaCounters(replica)),
      ...nf,
    },
    sync: {
      phase,
      snapshotBytes,
      snapshotEntries,
      statelets,
      stateletBytes,
      dataplaneBytes,
      dataplanePackets,
      lagBytes,
      heldPackets,
      heldPeakPackets,
      stragglers,
      markerTimeouts,
      reconnects,
    },
  };
}

function replicaCounters(replica: ReplicaStats): Record<string, number> {
  const { phase, tookOver, statelets, lagBytes, heardAgoUs } = replica;
  return {
    'replica.synchronised': phase === 'synchronised' ? 1 : 0,
    'replica.tookOver': tookOver ? 1 : 0,
    'replica.statelets': statelets,
    'replica.lagBytes': lagBytes,
    'replica.heardAgoUs': heardAgoUs,
  };
}

function portCounters(
  ports: NativeStats['ports'],
  names: readonly string[],
): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const [index, { interface: name, ...values }] of ports.entries()) {
    for (const [key, value] of Object.entries(values)) {
      counters[`${names[index] ?? name}.${key}`] = value;
    }
  }
  return counters;
}
