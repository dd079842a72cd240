/** Takes migrations on, runs each by its strategy, and takes up what a crash has interrupted. */
import { FerryError, toFerryError } from '../contract/errors.js';
import { nfDefinition } from '../contract/nf.js';
import type { Report } from '../contract/report.js';
import type { MigrationRequest, MigrationResource, TrafficSubmission } from '../contract/rest.js';
import type { Topology } from '../contract/topology.js';
import type { HostEvent } from '../hosts/port.js';
import type { SteeringWish } from '../vnfs/steering-port.js';
import { conclude } from './conclude.js';
import { newMigrationId, newToken } from './ids.js';
import { redirectOf, servingBefore } from './layout.js';
import { Migration } from './migration.js';
import type { Participant } from './participant.js';
import type { MigrationPorts } from './ports.js';
import { emptyFigures, hasEnded, JOURNAL_PREFIX, migrationRecord, toResource } from './record.js';
import type { MigrationRecord } from './record.js';
import { checkMigration } from './refusals.js';
import { strategyNamed } from './registry.js';
import { reportOf } from './report.js';
import type { Run } from './strategy.js';
import { Stopped, Watch } from './watch.js';

/** Ended migrations that are remembered. */
const MAX_ENDED = 1000;

export class Coordinator {
  readonly #ports: MigrationPorts;
  /** By id, oldest first. */
  readonly #migrations = new Map<string, Migration>();
  readonly #running = new Map<string, { watch: Watch; done: Promise<void> }>();

  constructor(ports: MigrationPorts) {
    this.#ports = ports;
  }

  /**
   * Reads the journal and takes up what was running. Before anything connects: a switch must not be
   * touched until it is known what it may have been told.
   */
  start(): void {
    const interrupted: MigrationRecord[] = [];
    const records = this.#ports.store
      .entries(JOURNAL_PREFIX)
      .map(([, value]) => migrationRecord.parse(value))
      .sort((a, b) => a.createdAt.localeCompare(b.createdAt));
    for (const record of records) {
      const ended = hasEnded(record);
      this.#migrations.set(record.id, new Migration(record, this.#ports, !ended));
      if (!ended) interrupted.push(record);
    }
    for (const record of interrupted) this.#takeUp(record);
  }

  /** Resolves once the migration is on disk and has begun. Rejects with the reason for a refusal. */
  async migrate(request: MigrationRequest): Promise<MigrationResource> {
    const running = [...this.#running.keys()].flatMap((id) => {
      const migration = this.#migrations.get(id);
      return migration === undefined ? [] : [migration.record];
    });
    const { srcHost, srcInst, destInst, part } = checkMigration(request, this.#ports, running);
    const record: MigrationRecord = {
      id: newMigrationId(),
      vnf: request.vnf,
      strategy: request.strategy,
      srcHost,
      destHost: request.to,
      srcInst,
      destInst,
      token: newToken(),
      createdAt: this.#ports.clock.timestamp(),
      endedAt: null,
      reason: null,
      committed: false,
      srcGone: false,
      endMissing: false,
      restarts: 0,
      notes: [],
      figures: emptyFigures(),
      unmeasured: {},
      ovs: this.#ports.steering.softwareVersion(request.vnf),
      traffic: null,
      broken: [],
      queuedPackets: 0,
      lostPackets: 0,
      part,
    };
    const migration = new Migration(record, this.#ports, false);
    this.#hand(record);
    try {
      await migration.begin();
      await this.#ports.setAside(record.vnf);
    } catch (error) {
      this.#ports.vnfs.takeBack(record.vnf);
      throw error;
    }
    this.#migrations.set(record.id, migration);
    this.#run(migration, false);
    void this.#forgetOldest();
    return toResource(record);
  }

  list(): MigrationResource[] {
    return [...this.#migrations.values()].map(({ record }) => toResource(record));
  }

  /** Throws MIGRATION_UNKNOWN, as everything by id does. */
  get(id: string): MigrationResource {
    return toResource(this.#find(id).record);
  }

  report(id: string): Report {
    const { record } = this.#find(id);
    return reportOf(record, strategyNamed(record.strategy));
  }

  async addTraffic(id: string, traffic: TrafficSubmission): Promise<void> {
    await this.#find(id).addTraffic(traffic);
  }

  /** Leaves running migrations as their journal says; a later start takes them up. */
  async close(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { watch } of running) watch.stop();
    await Promise.all(running.map(({ done }) => done));
  }

  #takeUp(record: MigrationRecord): void {
    const migration = this.#find(record.id);
    if (!isDeclared(record, this.#ports.topology)) {
      const reason = 'the topology has changed: it no longer declares what this migration needs';
      // Should this fail, the next start says so again.
      migration.end('failed', { reason }).catch(() => undefined);
      return;
    }
    this.#hand(record);
    this.#ports.steering.expect(record.vnf, wishOf(record));
    this.#run(migration, true);
  }

  #hand(record: MigrationRecord): void {
    this.#ports.vnfs.hand(record.vnf, record.id);
    this.#ports.vnfs.claim(record.vnf, [record.srcInst, record.destInst]);
  }

  #run(migration: Migration, resumed: boolean): void {
    const { id, vnf, strategy: name } = migration.record;
    const strategy = strategyNamed(name);
    const watch = new Watch(
      migration.record,
      this.#ports,
      resumed,
      (event, who) => hear(run, event, who),
      (forWhat) => migration.waiting(forWhat),
    );
    const run: Run = { migration, watch, ports: this.#ports, strategy };
    const done = (resumed ? strategy.resume(run) : strategy.run(run))
      .catch(async (error: unknown) => {
        if (error instanceof Stopped) throw error;
        const { code, message } = toFerryError(error);
        await conclude(run, 'failed', { reason: `${code}: ${message}` });
      })
      .then(
        () => {
          watch.stop();
          this.#ports.vnfs.takeBack(vnf);
        },
        () => undefined,
      )
      .finally(() => this.#running.delete(id));
    this.#running.set(id, { watch, done });
  }

  #find(id: string): Migration {
    const found = this.#migrations.get(id);
    if (found !== undefined) return found;
    throw new FerryError('MIGRATION_UNKNOWN', `there is no migration ${id}`, 'id');
  }

  async #forgetOldest(): Promise<void> {
    const ended = [...this.#migrations.values()].filter(({ record }) => hasEnded(record));
    const forgotten = ended.slice(0, Math.max(0, ended.length - MAX_ENDED));
    if (forgotten.length === 0) return;
    const ids = forgotten.map(({ record }) => record.id);
    for (const id of ids) this.#migrations.delete(id);
    // Should this fail they are read once more at the next start, and forgotten then.
    await this.#ports.store
      .write(ids.map((id) => [`${JOURNAL_PREFIX}${id}`, null] as const))
      .catch(() => undefined);
  }
}

function isDeclared(
  { vnf, srcHost, destHost, part }: MigrationRecord,
  topology: Topology,
): boolean {
  const hosts = [srcHost, destHost].map((host) => topology.hosts[host]);
  const spec = topology.vnfs[vnf];
  if (spec === undefined || !hosts.every((host) => host?.agent === true)) return false;
  return part === null || nfDefinition(spec.kind).split !== undefined;
}

/** What the switch may have, by the state on disk. */
function wishOf(record: MigrationRecord): SteeringWish {
  switch (record.figures.state) {
    case 'switching':
      return { form: 'undecided' };
    case 'draining':
      return { form: 'redirect', redirect: redirectOf(record) };
    default:
      return servingBefore(record);
  }
}

/** Figures while it runs, and what the instances complain about. */
function hear({ migration, watch, strategy }: Run, event: HostEvent, who: Participant): void {
  if (event.type !== 'instanceEvent') return;
  if (event.event.type === 'error') {
    migration.note(`${who.role}: ${event.event.code}: ${event.event.message}`);
  } else if (event.event.type === 'progress' && strategy.standsStill !== true) {
    migration.measure(watch.src.stats, watch.dest.stats);
  }
}
