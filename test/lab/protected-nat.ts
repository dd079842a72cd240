// The lab of nat-recovery.yaml with its standby ready and a mapping in its NAT, for tests of what then happens.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { FerryApi } from '../../sdn-app/cli/api.js';
import type { Rehearsal } from '../../sdn-app/cli/chaos/fault.js';
import { RECOVERY_TOPOLOGY } from '../../sdn-app/cli/paths.js';
import { loadTopology } from '../../sdn-app/contract/load.js';
import type { VnfResource } from '../../sdn-app/contract/rest.js';
import { ferry } from './ferry-command.js';

export interface ProtectedNat extends Rehearsal {
  nat(): Promise<VnfResource>;
  /** It serves, and has a standby that could. */
  isProtected(): Promise<boolean>;
  hasMapping(): Promise<boolean>;
  /** From the client to the server, through the NAT. */
  ping(): ReturnType<typeof ferry>;
}

/** Brings the lab up; it goes down with the test. */
export async function protectedNat(t: Test): Promise<ProtectedNat> {
  t.teardown(() => ferry('lab', 'down'));
  const up = await ferry('lab', 'up', RECOVERY_TOPOLOGY);
  t.equal(up.code, 0, up.stderr);
  const api = new FerryApi('http://127.0.0.1:8181');
  const nat = (): Promise<VnfResource> => api.vnf('nat1');
  const lab: ProtectedNat = {
    api,
    topology: await loadTopology(RECOVERY_TOPOLOGY),
    nat,
    isProtected: async () => {
      const { state, redundancy } = await nat();
      return state === 'serving' && redundancy?.state === 'ready';
    },
    hasMapping: async () => ((await nat()).stats?.entries ?? 0) > 0,
    ping: () => ferry('lab', 'exec', 'client', '--', 'ping', '-c', '1', '-W', '10', '203.0.113.10'),
  };
  await until('a standby is ready', lab.isProtected);
  t.equal((await lab.ping()).code, 0);
  await until('the mapping is counted', lab.hasMapping);
  return lab;
}

/** Waits for a condition as long as a busy machine may need. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await holds().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error(`not in time: ${what}`);
}
