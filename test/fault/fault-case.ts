/**
 * One case: a migration under load is brought to a moment, the fault happens there, the migration
 * goes on. Then everything is as it should be, and the VNF moves again and loses nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Test } from 'tap';
import { TrafficPair } from '../../sdn-app/cli/demo/traffic-pair.js';
import type { MigrationResource } from '../../sdn-app/contract/rest.js';
import type { EndState } from '../../sdn-app/migration/record.js';
import type { TrafficReport } from '../../native/traffic-report.js';
import { ended, eventually, journaledState, otherHost, VNF, type FaultLab } from './fault-lab.js';
import { holdAt, Undo, type Held, type Moment } from './hold.js';
import { instanceProcesses, instancesOn } from './processes.js';
import { steeredHost } from './switch-groups.js';

export interface FaultCase {
  moment: Moment;
  ends: readonly EndState[];
  /** `bounded`: packets were with an instance that died, or there was none to serve them. */
  loss: 'none' | 'bounded';
  /** False where the only instance that knew them died. */
  translationsKept: boolean;
  /** It goes on only once the controller has heard: else the fault may as well be a later one. */
  heardFirst?: boolean;
}

const STEADY_MS = 400;
/** Traffic that is lost while nothing serves, and what a stalled machine adds to it. */
const OUTAGE_SLACK_MS = 1500;

export async function runFaultCase(
  t: Test,
  lab: FaultLab,
  given: FaultCase,
  fault: (held: Held) => Promise<void>,
): Promise<MigrationResource> {
  const pair = await openTraffic(lab);
  const undo = new Undo();
  try {
    await fill(lab, pair);
    pair.start();
    await sleep(STEADY_MS);
    const held = await holdAt(lab, given.moment, undo);
    t.equal(await journaledState(held.id), held.state, 'it is in the state that is meant');
    const struckAt = performance.now();
    await fault(held);
    if (given.heardFirst === true) {
      await eventually(`the end of ${held.state}`, async () => {
        return (await journaledState(held.id)) !== held.state || undefined;
      });
    }
    await held.release();
    const migration = await ended(lab, held.id);
    t.comment(`${migration.state}: ${migration.reason ?? ''} ${migration.notes.join(' / ')}`);
    t.ok(
      given.ends.some((state) => state === migration.state),
      `${migration.state} is one of ${given.ends.join(', ')}`,
    );
    await allHealthy(t, lab);
    const outageMs = performance.now() - struckAt + OUTAGE_SLACK_MS;
    await sleep(STEADY_MS);
    checkAccount(t, await pair.finish(), given, (outageMs / 1000) * 2 * lab.load.ratePps);
    await migratesAgain(t, lab);
    return migration;
  } finally {
    await undo.all();
    await pair.close();
  }
}

function openTraffic(lab: FaultLab): Promise<TrafficPair> {
  return TrafficPair.open(lab.load, lab.hosts, () => undefined);
}

async function fill(lab: FaultLab, pair: TrafficPair): Promise<void> {
  const held = (await lab.api.vnf(VNF)).stats?.entries ?? 0;
  if (held < lab.load.entries) await pair.prefill(lab.load.entries);
}

/** Every process is there and knows of the others; groups, controller and processes agree. */
async function allHealthy(t: Test, lab: FaultLab): Promise<void> {
  let seen: unknown;
  const host = await eventually('one VNF that serves, and nothing else', async () => {
    const [vnf, hosts, { switches }] = await Promise.all([
      lab.api.vnf(VNF),
      lab.api.hosts(),
      lab.api.health(),
    ]);
    const { state, host, instance, migration, stats } = vnf;
    const found = {
      ...{ state, migration, mode: stats?.mode, steered: await steeredHost(lab) },
      ...{ switches: switches.connected, hosts: hosts.map(({ connected }) => connected) },
      known: hosts.flatMap(({ name, instances }) => instances.map((each) => [name, each])),
      processes: await instanceProcesses(),
    };
    const wanted = {
      ...{ state: 'serving', migration: null, mode: 'serving', steered: host },
      ...{ switches: switches.declared, hosts: hosts.map(() => true) },
      known: [[host, instance]],
      processes: [instance === null ? 0 : instancesOn(host).get(instance)],
    };
    seen = found;
    return isDeepStrictEqual(found, wanted) ? host : undefined;
  }).catch((error: unknown) => {
    t.comment(JSON.stringify(seen));
    throw error;
  });
  t.pass(`${VNF} serves on ${host}, its groups point there, and nothing else runs`);
}

function checkAccount(t: Test, account: TrafficReport, given: FaultCase, bound: number): void {
  const { lost, duplicated, reordered, translationsChanged, offered, endpointDrops } = account;
  t.comment(`offered ${offered}, lost ${lost}, changed ${translationsChanged}`);
  t.ok(offered > (account.ratePps ?? 0), 'there was traffic');
  t.comment(`of these ${endpointDrops} at an endpoint`);
  if (given.loss === 'none') t.equal(lost, 0, 'nothing is lost');
  else t.ok(lost <= bound, `${lost} lost packets are within the outage's ${Math.round(bound)}`);
  t.equal(duplicated, 0, 'nothing comes twice');
  t.equal(reordered, 0, 'everything comes in order');
  if (given.translationsKept) t.equal(translationsChanged, 0, 'translations are kept');
}

/** New senders, a new migration: as if nothing had ever happened. */
async function migratesAgain(t: Test, lab: FaultLab): Promise<void> {
  const pair = await openTraffic(lab);
  try {
    pair.start();
    await sleep(STEADY_MS);
    const to = otherHost(lab, (await lab.api.vnf(VNF)).host);
    const { id } = await lab.api.migrate({ vnf: VNF, to, strategy: 'statelet' });
    t.match(await ended(lab, id), { state: 'completed', restarts: 0 }, 'the next one completes');
    await sleep(STEADY_MS);
    const { lost, duplicated, reordered, translationsChanged } = await pair.finish();
    t.same(
      { lost, duplicated, reordered, translationsChanged },
      { lost: 0, duplicated: 0, reordered: 0, translationsChanged: 0 },
      'and loses nothing',
    );
    // The next case must not find srcInst on its way out.
    await allHealthy(t, lab);
  } finally {
    await pair.close();
  }
}
