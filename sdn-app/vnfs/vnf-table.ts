/** The VNFs of the topology: where each is placed (on disk), what state it is in, who looks after it. */
import { z } from 'zod';
import { canHaveVnf, linksForVnf } from '../contract/resolve.js';
import { FerryError } from '../contract/errors.js';
import { instanceId, type InstanceSpec } from '../contract/instance.js';
import { flowsText, type TrafficPart } from '../contract/flow-filter.js';
import { nodeName } from '../contract/names.js';
import { nfDefinition } from '../contract/nf.js';
import { partOf } from '../contract/part.js';
import type { VnfResource } from '../contract/rest.js';
import { portOrder, type Topology, type VnfSpec } from '../contract/topology.js';
import type { EventLog } from '../events.js';
import { Listeners } from '../listeners.js';
import { MAX_PARTS } from '../steering/index.js';
import type { Store } from '../store/journal.js';
import { newInstanceId } from './instance-id.js';
import type { ProtectedVnfPort, ServingPart, ServingVnf } from './port.js';

const JOURNAL_PREFIX = 'placement/';
const part = z.strictObject({
  number: z
    .int()
    .min(0)
    .max(MAX_PARTS - 1),
  flows: flowsText,
  host: nodeName,
  instance: instanceId,
});
/** The parts of a VNF's work as journals hold them. */
export const servingParts = z.array(part).max(MAX_PARTS);
const placementRecord = z.strictObject({
  host: nodeName,
  instance: instanceId,
  parts: servingParts.optional(),
});
type PlacementRecord = z.infer<typeof placementRecord>;

/** What is to be brought back must not begin anew before. */
const BROUGHT_BACK_MS = 5000;
/** Who has the state takes over before; a process that starts meanwhile takes the time that it needs. */
const TAKEN_OVER_MS = 500;

interface Entry {
  spec: VnfSpec;
  /** As on disk. */
  placed: PlacementRecord;
  /** As it serves now; differs from `placed` for a moment at the end of a migration. */
  shown: PlacementRecord;
  state: VnfResource['state'];
  reason: string | undefined;
  migration: string | undefined;
  recovery: string | undefined;
  claims: ReadonlySet<string>;
  /** Standbys. */
  kept: ReadonlySet<string>;
}

export type VnfStatus = Omit<VnfResource, 'stats' | 'redundancy' | 'parts'> & {
  parts: readonly ServingPart[];
};

export class VnfTable implements ProtectedVnfPort {
  readonly #topology: Topology;
  readonly #store: Store;
  readonly #events: EventLog;
  readonly #entries = new Map<string, Entry>();
  readonly #released = new Listeners<string>();

  private constructor(topology: Topology, store: Store, events: EventLog) {
    this.#topology = topology;
    this.#store = store;
    this.#events = events;
  }

  /** Placements from the journal; a VNF that has none gets one, on disk before anything is started. */
  static async load(topology: Topology, store: Store, events: EventLog): Promise<VnfTable> {
    const table = new VnfTable(topology, store, events);
    const known = new Map(store.entries(JOURNAL_PREFIX));
    for (const [name, spec] of Object.entries(topology.vnfs)) {
      const found = placementRecord.safeParse(known.get(`${JOURNAL_PREFIX}${name}`));
      const usable = found.success && table.#isPossible(name, spec, found.data);
      const placed = usable ? found.data : { host: spec.host, instance: newInstanceId(name) };
      if (!usable) await table.#write(name, placed);
      table.#entries.set(name, {
        spec,
        placed,
        shown: placed,
        state: 'pending',
        reason: undefined,
        migration: undefined,
        recovery: undefined,
        claims: new Set(),
        kept: new Set(),
      });
    }
    return table;
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /** Hosts that can have instances. */
  get hosts(): string[] {
    const hosts = Object.entries(this.#topology.hosts);
    return hosts.filter(([, { agent }]) => agent).map(([name]) => name);
  }

  get(vnf: string): ServingVnf | undefined {
    const entry = this.#entries.get(vnf);
    if (entry === undefined) return undefined;
    const { host, instance } = entry.shown;
    return { name: vnf, state: entry.state, host, instance, parts: entry.placed.parts ?? [] };
  }

  /** What a filter means for this VNF; throws FLOWS_INVALID and FLOWS_UNSUPPORTED. */
  partOf(vnf: string, flows: string): TrafficPart {
    return partOf(vnf, this.#entry(vnf).spec, flows);
  }

  /** Everything that serves this VNF: the instance that does all but the parts comes first. */
  instancesOf(vnf: string): { host: string; instance: string }[] {
    const { shown, placed } = this.#entry(vnf);
    const all = [shown, ...(placed.parts ?? [])];
    return [...new Map(all.map(({ host, instance }) => [instance, { host, instance }])).values()];
  }

  /** Throws VNF_UNKNOWN. */
  status(vnf: string): VnfStatus {
    const { spec, shown, placed, state, migration, recovery, reason } = this.#entry(vnf);
    return {
      name: vnf,
      kind: spec.kind,
      state,
      host: shown.host,
      instance: shown.instance,
      parts: placed.parts ?? [],
      migration: migration ?? null,
      recovery: recovery ?? null,
      ...(reason === undefined ? {} : { reason }),
    };
  }

  isHanded(vnf: string): boolean {
    const entry = this.#entries.get(vnf);
    return entry?.migration !== undefined || entry?.recovery !== undefined;
  }

  /** True for a VNF that `recovery` in the topology protects. */
  isProtected(vnf: string): boolean {
    return this.#entries.get(vnf)?.spec.recovery !== undefined;
  }

  /** The VNF that this instance serves by its placement, or undefined. */
  placedAs(host: string, instance: string): string | undefined {
    for (const [name, { placed }] of this.#entries) {
      const all = [placed, ...(placed.parts ?? [])];
      if (all.some((each) => each.instance === instance && each.host === host)) return name;
    }
    return undefined;
  }

  /** False for an instance that belongs to no placement, migration or recovery and is no standby. */
  owns(host: string, instance: string): boolean {
    if (this.placedAs(host, instance) !== undefined) return true;
    return [...this.#entries.values()].some(
      ({ claims, kept }) => claims.has(instance) || kept.has(instance),
    );
  }

  spec(vnf: string, host: string, instance: string, role: 'serving' | 'standby'): InstanceSpec {
    const { spec } = this.#entry(vnf);
    const order = portOrder(spec);
    const links = linksForVnf(this.#topology, host, spec) ?? [];
    const ports = links.flatMap((link, index) => {
      const name = order[index] ?? '';
      const port = spec.ports[name];
      if (port === undefined) return [];
      return [{ name, interface: link.hostInterface, mac: port.mac, address: port.address }];
    });
    return {
      id: instance,
      vnf,
      kind: spec.kind,
      config: z.record(z.string(), z.json()).parse(spec.config),
      ports,
      role,
      stateletWindowMs: Math.min(spec.stateletWindowMs, spec.recovery?.windowMs ?? Infinity),
      holdBytes: spec.holdBytes,
      ...restart(spec),
    };
  }

  hand(vnf: string, migration: string): void {
    const entry = this.#entry(vnf);
    entry.migration = migration;
    this.setState(vnf, 'migrating');
  }

  handToRecovery(vnf: string, recovery: string): void {
    this.#entry(vnf).recovery = recovery;
  }

  keep(vnf: string, instances: readonly string[]): void {
    this.#entry(vnf).kept = new Set(instances);
  }

  claim(vnf: string, instances: readonly string[]): void {
    this.#entry(vnf).claims = new Set(instances);
  }

  show(vnf: string, host: string, instance: string): void {
    this.#entry(vnf).shown = { host, instance };
  }

  isPlaced(vnf: string, host: string, instance: string): boolean {
    const { placed } = this.#entry(vnf);
    return placed.host === host && placed.instance === instance;
  }

  arePlaced(vnf: string, parts: readonly ServingPart[]): boolean {
    const placed = this.#entry(vnf).placed.parts ?? [];
    return (
      placed.length === parts.length &&
      parts.every(({ number, flows, instance }) =>
        placed.some(
          (each) => each.number === number && each.flows === flows && each.instance === instance,
        ),
      )
    );
  }

  async placeParts(vnf: string, parts: readonly ServingPart[]): Promise<void> {
    const { host, instance } = this.#entry(vnf).placed;
    await this.#place(vnf, { host, instance, parts: [...parts] });
    this.#events.publish('vnf.divided', vnf, {
      host,
      instance,
      parts: parts.map((each) => ({ ...each })),
    });
  }

  async place(
    vnf: string,
    host: string,
    instance: string,
    parts: readonly ServingPart[] = [],
  ): Promise<void> {
    await this.#place(vnf, {
      host,
      instance,
      ...(parts.length === 0 ? {} : { parts: [...parts] }),
    });
    this.#events.publish('vnf.placed', vnf, { host, instance });
  }

  takeBack(vnf: string): void {
    const entry = this.#entry(vnf);
    entry.migration = undefined;
    entry.recovery = undefined;
    entry.claims = new Set();
    entry.shown = entry.placed;
    this.#released.emit(vnf);
  }

  /** Hears of each VNF whose migration or recovery has ended. */
  onTakenBack(listener: (vnf: string) => void): () => void {
    return this.#released.add(listener);
  }

  setState(vnf: string, state: VnfResource['state'], reason?: string): void {
    const entry = this.#entry(vnf);
    if (entry.state === state && entry.reason === reason) return;
    entry.state = state;
    entry.reason = reason;
    const { host, instance } = entry.shown;
    const data = { host, instance, migration: entry.migration ?? null };
    this.#events.publish(`vnf.${state}`, vnf, reason === undefined ? data : { ...data, reason });
  }

  #isPossible(name: string, spec: VnfSpec, { host, parts = [] }: PlacementRecord): boolean {
    const hosts = [host, ...parts.map((each) => each.host)];
    if (!hosts.every((each) => canHaveVnf(this.#topology, each, spec))) return false;
    try {
      for (const { flows } of parts) partOf(name, spec, flows);
      return true;
    } catch {
      return false;
    }
  }

  async #place(vnf: string, placed: PlacementRecord): Promise<void> {
    const entry = this.#entry(vnf);
    await this.#write(vnf, placed);
    entry.placed = placed;
    entry.shown = placed;
  }

  async #write(vnf: string, placed: PlacementRecord): Promise<void> {
    const { host, instance, parts = [] } = placed;
    const value = { host, instance, ...(parts.length === 0 ? {} : { parts }) };
    await this.#store.write([[`${JOURNAL_PREFIX}${vnf}`, value]]);
  }

  #entry(vnf: string): Entry {
    const entry = this.#entries.get(vnf);
    if (entry !== undefined) return entry;
    throw new FerryError('VNF_UNKNOWN', `the topology declares no VNF ${vnf}`, 'vnf');
  }
}

/** An instance that has crashed starts again, empty, no sooner than this. */
function restart({ kind, recovery }: VnfSpec): Pick<InstanceSpec, 'restartAfterMs'> {
  if (recovery === undefined) return {};
  const isBroughtBack = recovery.mechanism === '0R' || nfDefinition(kind).program !== undefined;
  return { restartAfterMs: isBroughtBack ? BROUGHT_BACK_MS : TAKEN_OVER_MS };
}
