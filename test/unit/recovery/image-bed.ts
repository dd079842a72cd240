/** Programs on hosts that are made up, under one of the mechanisms that have checkpoints. */
import type { CheckpointResource } from '../../../sdn-app/contract/rest.js';
import { FerryError } from '../../../sdn-app/contract/errors.js';
import {
  recoveryPolicy,
  type MechanismName,
  type PolicyOf,
} from '../../../sdn-app/contract/recovery-policy.js';
import { EventLog } from '../../../sdn-app/events.js';
import type { HostEvent } from '../../../sdn-app/hosts/port.js';
import type { Fault } from '../../../sdn-app/recovery/fault.js';
import type { Care, Protection } from '../../../sdn-app/recovery/mechanism.js';
import type { RecoveryPorts } from '../../../sdn-app/recovery/ports.js';
import { Recovery } from '../../../sdn-app/recovery/recovery.js';
import { MemoryStore } from '../../../sdn-app/store/memory.js';
import { FakeClock } from '../migration/world/fake-clock.js';
import { topology } from '../steering/lab-network.js';

export const INSTANCE = 'nat1.0000000a';
export const KILLED: Fault = {
  ...{ vnf: 'nat1', type: 'processExit', detectedBy: 'agent', cause: 'killed' },
  serving: { host: 'host1', instance: INSTANCE },
  ...{ provenDead: true, silentMs: null },
};

export function taken(id: string, hosts: string[]): CheckpointResource {
  return {
    ...{ id, vnf: 'nat1', instance: INSTANCE, host: 'host1', role: 'serving', hosts },
    takenAt: '2026-01-01T00:00:00.000Z',
    ...{ frozenMs: 5, servingFrozenMs: 5, dumpMs: 50, rawBytes: 10, storedBytes: 1 },
  };
}

/** `made` in whose care the VNF is. */
export function imageBed<N extends MechanismName>(
  mechanism: N,
  made: (care: Care<PolicyOf<N>>) => Protection,
) {
  const clock = new FakeClock();
  const events = new EventLog(clock);
  const state = {
    away: new Set<string>(),
    kept: [] as CheckpointResource[],
    broken: new Set<string>(),
    cannot: false,
    silent: false,
    tries: [] as number[],
    restored: [] as string[],
    serving: 'host1',
    /** What waits, by host. */
    waiting: new Map<string, string>(),
    dropped: [] as string[],
  };
  const listeners = new Set<(event: HostEvent) => void>();
  // All that it needs of them.
  const ports: unknown = {
    ...{ topology, events, clock, store: new MemoryStore() },
    hosts: {
      connected: (host: string) => !state.away.has(host),
      subscribe: (listener: (event: HostEvent) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      stopInstance: () =>
        state.silent ? new Promise(() => undefined) : Promise.resolve({ connections: [] }),
      readyCheckpoint: (host: string, _spec: unknown, id: string) => {
        if (state.broken.has(`${id} ready on ${host}`)) {
          return Promise.reject(new FerryError('CHECKPOINT_CORRUPT', 'it is damaged'));
        }
        state.waiting.set(host, id);
        return Promise.resolve();
      },
      dropReady: (host: string) => {
        state.dropped.push(host);
        state.waiting.delete(host);
        return Promise.resolve();
      },
      restore: (host: string, _spec: unknown, id: string) => {
        state.restored.push(`${id} on ${host}`);
        if (state.broken.has(`${id} on ${host}`)) {
          return Promise.reject(new FerryError('CHECKPOINT_CORRUPT', 'it is damaged'));
        }
        const checkpoint = state.kept.find((each) => each.id === id);
        return Promise.resolve({ pid: 1, checkpoint, restoreMs: 90, loss: null });
      },
    },
    checkpoints: {
      list: () => {
        const there = ({ hosts }: CheckpointResource) =>
          hosts.some((each) => !state.away.has(each));
        return Promise.resolve(state.kept.filter(there));
      },
      take: () => {
        state.tries.push(clock.monotonicMs());
        if (state.cannot) return Promise.reject(new FerryError('CHECKPOINT_FAILED', 'no way'));
        state.kept = [taken('c-00000001', ['host1'])];
        return Promise.resolve(state.kept[0]);
      },
      provide: () => Promise.resolve(),
    },
    steering: {
      switchesOf: () => ['s1'],
      downLinks: () => [],
      softwareVersion: () => null,
      fence: () => {
        state.restored.push('fence');
        return Promise.resolve();
      },
      settle: () => Promise.resolve(),
    },
    vnfs: {
      get: () => ({
        name: 'nat1',
        state: 'serving',
        host: state.serving,
        instance: INSTANCE,
        parts: [],
      }),
      isHanded: () => false,
      claim: () => undefined,
      spec: () => ({}),
      show: () => undefined,
      place: (_vnf: string, host: string) => {
        state.serving = host;
        return Promise.resolve();
      },
    },
  };
  const policy = recoveryPolicy.parse({ mechanism }) as PolicyOf<N>;
  const care = { vnf: 'nat1', policy, ports: ports as RecoveryPorts, changed: () => undefined };
  const protection = made(care);
  const told = () =>
    events.since(0).map(({ type, data }) => [type, data['state'], data['reason'] ?? data['host']]);
  const hosts = (event: HostEvent) => {
    for (const listener of listeners) listener(event);
  };
  const recover = async (fault = KILLED) => {
    const recovery = Recovery.begin(fault, mechanism, care.ports);
    await protection.recover(recovery);
    return recovery.record;
  };
  return { clock, events, state, protection, told, hosts, recover };
}
