/** What is going on when a fault strikes. Each begins something and leaves it to the fault. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FerryApi } from '../../sdn-app/cli/api.js';
import { nextHost } from '../../sdn-app/cli/demo/next-host.js';
import { FerryError } from '../../sdn-app/contract/errors.js';
import type { Topology } from '../../sdn-app/contract/topology.js';
import { play } from '../../sdn-app/cli/chaos/play.js';

export interface Situation {
  name: string;
  /** The fault is a second one: with one standby, what the first left to it may be lost. */
  isFault: boolean;
  /** The serving instance stands still meanwhile: a fault then may look like its own. */
  isFrozen: boolean;
  begin: (lab: SoakLab) => Promise<void>;
}

export interface SoakLab {
  api: FerryApi;
  topology: Topology;
  vnf: string;
}

export const SITUATIONS: readonly Situation[] = [
  { name: 'quiet', isFault: false, isFrozen: false, begin: () => Promise.resolve() },
  {
    name: 'migration',
    isFault: false,
    isFrozen: false,
    begin: async ({ api, topology, vnf }) => {
      const { host } = await api.vnf(vnf);
      await refusable(() =>
        api.migrate({ vnf, to: nextHost(topology, vnf, host), strategy: 'statelet' }),
      );
    },
  },
  {
    name: 'checkpoint',
    isFault: false,
    isFrozen: true,
    begin: async ({ api, vnf }) => {
      // It answers at its end: the fault comes meanwhile.
      void refusable(() => api.checkpoint(vnf)).catch(() => undefined);
      await sleep(50);
    },
  },
  {
    name: 'recovery',
    isFault: true,
    isFrozen: false,
    begin: async ({ api, topology, vnf }) => {
      const step = { fault: 'kill', process: vnf, afterMs: 0 } as const;
      await play([step], { topology, api }, () => undefined);
    },
  },
];

/** What the controller refuses at the moment is not begun: that is no fault of the round. */
async function refusable(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
  }
}
