/**
 * Spreads a VNF's work over several instances, or gathers it, by moves of parts one after the other.
 * What a part carries is measured at the switches, by the packet counters of its flow entries.
 */
import type { Clock } from '../clock.js';
import { FerryError, toFerryError } from '../contract/errors.js';
import { nfDefinition } from '../contract/nf.js';
import { partOf, relationOf } from '../contract/part.js';
import { canHaveVnf } from '../contract/resolve.js';
import type { ScaleRequest, ScaleResource } from '../contract/rest.js';
import type { Topology, VnfSpec } from '../contract/topology.js';
import type { EventLog } from '../events.js';
import type { Coordinator } from '../migration/coordinator.js';
import { MAX_PARTS, type PartPlace } from '../steering/index.js';
import type { ServingVnf } from '../vnfs/port.js';
import type { SteeringService } from '../vnfs/steering-service.js';
import type { VnfTable } from '../vnfs/vnf-table.js';
import { halvesOf, planMoves, tooHeavy, type Move, type Unit } from './plan.js';

/** Open vSwitch brings its counters up to date about twice a second. */
const MEASURE_MS = 1200;
const MAX_ROUNDS = 12;
const POLL_MS = 50;

export interface ScalerDeps {
  topology: Topology;
  vnfs: Pick<VnfTable, 'get'>;
  steering: Pick<SteeringService, 'measure' | 'settle'>;
  migrations: Pick<Coordinator, 'migrate' | 'get'>;
  events: EventLog;
  clock: Clock;
}

export class Scaler {
  readonly #deps: ScalerDeps;
  readonly #scalings = new Map<string, ScaleResource>();

  constructor(deps: ScalerDeps) {
    this.#deps = deps;
  }

  /** Throws VNF_UNKNOWN, VNF_BUSY, VNF_NOT_SERVING, FLOWS_UNSUPPORTED or HOST_NOT_SUITABLE. */
  scale(name: string, request: ScaleRequest): ScaleResource {
    const { vnf, spec } = this.#find(name);
    if (vnf.state !== 'serving') {
      const code = vnf.state === 'migrating' ? 'VNF_BUSY' : 'VNF_NOT_SERVING';
      throw new FerryError(code, `${name} is ${vnf.state}`, 'vnf');
    }
    if (this.#scalings.get(name)?.state === 'running') {
      throw new FerryError('VNF_BUSY', `${name} is being scaled`, 'vnf');
    }
    const definition = nfDefinition(spec.kind);
    if (definition.units === undefined || spec.recovery !== undefined) {
      const why = spec.recovery === undefined ? `a ${spec.kind}` : 'a VNF with a standby';
      throw new FerryError('FLOWS_UNSUPPORTED', `${why} can only move as a whole`, 'vnf');
    }
    const hosts = this.#hosts(vnf, spec, request);
    const scaling: ScaleResource = { vnf: name, state: 'running', hosts, moves: 0, done: 0 };
    this.#scalings.set(name, scaling);
    void this.#run(scaling, vnf, spec).then(
      () => this.#end(scaling, 'done'),
      (error: unknown) => {
        const { code, message } = toFerryError(error);
        this.#end(scaling, 'failed', `${code}: ${message}`);
      },
    );
    return scaling;
  }

  /** The last one since the controller was started. Throws NOT_FOUND when there is none. */
  get(name: string): ScaleResource {
    const found = this.#scalings.get(name);
    if (found !== undefined) return found;
    throw new FerryError('NOT_FOUND', `${name} was not scaled since the controller was started`);
  }

  #find(name: string): { vnf: ServingVnf; spec: VnfSpec } {
    const vnf = this.#deps.vnfs.get(name);
    const spec = this.#deps.topology.vnfs[name];
    if (vnf === undefined || spec === undefined) {
      throw new FerryError('VNF_UNKNOWN', `the topology declares no VNF ${name}`, 'vnf');
    }
    return { vnf, spec };
  }

  /** The host that does the rest comes first: it stays. Then those that serve, then others. */
  #hosts(vnf: ServingVnf, spec: VnfSpec, { instances, hosts }: ScaleRequest): string[] {
    const { topology } = this.#deps;
    const suited = (host: string) => canHaveVnf(topology, host, spec);
    const strange = hosts?.find((host) => !suited(host));
    if (strange !== undefined) {
      const message = `${strange} has no agent, or no data link to every network of ${vnf.name}`;
      throw new FerryError('HOST_NOT_SUITABLE', message, 'hosts');
    }
    const known = [vnf.host, ...vnf.parts.map(({ host }) => host)];
    const wanted = hosts ?? [...known, ...Object.keys(topology.hosts).filter(suited)];
    const chosen = [...new Set([vnf.host, ...wanted])].slice(0, instances);
    if (chosen.length === instances) return chosen;
    const message = `there are ${chosen.length} hosts for ${instances} instances of ${vnf.name}`;
    throw new FerryError('HOST_NOT_SUITABLE', message, 'instances');
  }

  async #run(scaling: ScaleResource, vnf: ServingVnf, spec: VnfSpec): Promise<void> {
    const moves =
      scaling.hosts.length === 1 ? gather(vnf) : await this.#plan(vnf, spec, scaling.hosts);
    scaling.moves = moves.length;
    for (const { flows, to } of moves) {
      await this.#move(vnf.name, flows, to);
      scaling.done += 1;
      this.#deps.events.publish('vnf.scaling', vnf.name, { flows, to, done: scaling.done });
    }
  }

  async #plan(vnf: ServingVnf, spec: VnfSpec, hosts: readonly string[]): Promise<Move[]> {
    // What carries nothing stays with the rest, unless it is a part already.
    const carrying = (all: Unit[]) =>
      all.filter(({ flows, load }) => load > 0 || vnf.parts.some((part) => part.flows === flows));
    let units = carrying(await this.#measure(vnf, initialUnits(vnf, spec)));
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const finer = divide(vnf.name, spec, units, hosts.length, vnf.parts);
      if (finer === undefined) break;
      // In quarters: each measurement takes longer than its answer.
      const finest = divide(vnf.name, spec, finer, hosts.length, vnf.parts) ?? finer;
      units = carrying(await this.#measure(vnf, finest));
    }
    return planMoves(units, hosts);
  }

  /** For a moment each unit has flow entries of its own, which lead where it goes anyhow. */
  async #measure(vnf: ServingVnf, units: readonly Unit[]): Promise<Unit[]> {
    const { steering } = this.#deps;
    const places: PartPlace[] = units.map(({ flows, host }, number) => ({ number, flows, host }));
    if (!this.#isFree(vnf.name))
      throw new FerryError('VNF_BUSY', `${vnf.name} began to move`, 'vnf');
    try {
      const loads = await steering.measure(vnf.name, vnf.host, places, MEASURE_MS);
      return units.map((unit, number) => ({ ...unit, load: loads.get(number) ?? 0 }));
    } finally {
      // Else a migration that began meanwhile says what the switches shall have.
      if (this.#isFree(vnf.name)) await steering.settle(vnf.name, vnf.host, vnf.parts);
    }
  }

  #isFree(vnf: string): boolean {
    return this.#deps.vnfs.get(vnf)?.state === 'serving';
  }

  async #move(vnf: string, flows: string, to: string): Promise<void> {
    const { migrations, clock } = this.#deps;
    const { id } = await migrations.migrate({ vnf, to, flows, strategy: 'statelet' });
    for (;;) {
      const { endedAt, state, reason } = migrations.get(id);
      if (state === 'completed') break;
      if (endedAt !== null) {
        throw new FerryError('MIGRATION_ROLLED_BACK', `${id} of ${flows}: ${reason ?? state}`);
      }
      await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
    }
    while (this.#deps.vnfs.get(vnf)?.state === 'migrating') {
      await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
    }
  }

  #end(scaling: ScaleResource, state: 'done' | 'failed', reason?: string): void {
    scaling.state = state;
    if (reason !== undefined) scaling.reason = reason;
    const { vnf, hosts, moves, done } = scaling;
    const why = reason === undefined ? {} : { reason };
    this.#deps.events.publish(`vnf.scaling.${state}`, vnf, { hosts, moves, done, ...why });
  }
}

/** All parts join the instance that does the rest; the narrower ones first. */
function gather(vnf: ServingVnf): Move[] {
  return vnf.parts.map(({ flows, host }) => ({ flows, from: host, to: vnf.host })).reverse();
}

/** The parts that there are, and what the kind can be divided into beside them. */
function initialUnits(vnf: ServingVnf, spec: VnfSpec): Unit[] {
  const parts = vnf.parts.map(({ flows, host }): Unit => ({ flows, host, load: 0 }));
  const addresses = Object.entries(spec.ports).map(([name, { mac, address }]) => {
    return [name, { mac, address }] as const;
  });
  const units = nfDefinition(spec.kind).units?.(spec.config, Object.fromEntries(addresses)) ?? [];
  const own = units.map((flows): Unit => ({ flows, host: vnf.host, load: 0 }));
  return [...parts, ...own.filter(({ flows }) => isApart(vnf.name, spec, flows, parts))].slice(
    0,
    MAX_PARTS,
  );
}

function isApart(name: string, spec: VnfSpec, flows: string, parts: readonly Unit[]): boolean {
  const wanted = possible(name, spec, flows);
  return (
    wanted !== undefined &&
    parts.every((part) => relationOf(spec, wanted, partOf(name, spec, part.flows)) === 'apart')
  );
}

/** The heaviest units in halves; undefined when nothing is left to be divided. */
function divide(
  name: string,
  spec: VnfSpec,
  units: readonly Unit[],
  hosts: number,
  parts: readonly { flows: string }[],
): Unit[] | undefined {
  const heavy = new Set(tooHeavy(units, hosts));
  const finer = units.flatMap((unit): Unit[] => {
    const halves = halvesOf(unit.flows);
    const isPart = parts.some(({ flows }) => flows === unit.flows);
    if (!heavy.has(unit) || halves === undefined || isPart) return [unit];
    if (halves.some((flows) => possible(name, spec, flows) === undefined)) return [unit];
    return halves.map((flows) => ({ ...unit, flows, load: unit.load / 2 }));
  });
  return finer.length > units.length && finer.length <= MAX_PARTS ? finer : undefined;
}

function possible(name: string, spec: VnfSpec, flows: string) {
  try {
    return partOf(name, spec, flows);
  } catch {
    return undefined;
  }
}
