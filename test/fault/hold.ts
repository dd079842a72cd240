/**
 * Keeps a migration in one of its states, which by itself lasts a millisecond, by taking away what
 * the next state waits for. The product knows nothing of it.
 */
import { migrationAddress } from '../../sdn-app/contract/resolve.js';
import type { MigrationState } from '../../sdn-app/contract/report.js';
import { eventually, journaledState, programPid, VNF, type FaultLab } from './fault-lab.js';
import { filterArriving, TCP_DATA, type Filter } from './packet-filter.js';
import { steeredHost } from './switch-groups.js';
import { freeze, instancesOn, pidOf, type Roles } from './processes.js';

/** `switching` before the switch has heard of it, and after, when its answer does not come. */
export const MOMENTS = [
  'preparing',
  'synchronising',
  'synchronised',
  'switching',
  'switching, redirected',
  'draining',
] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Held {
  id: string;
  roles: Roles;
  state: MigrationState;
  /** Lets the migration go on. */
  release(): Promise<void>;
}

/** The streams' greetings are shorter, a snapshot's segments are longer. */
const GREETING_BYTES = 400;

/** Begins a migration and brings it to the moment. Whatever was taken away is in `undo`. */
export async function holdAt(lab: FaultLab, moment: Moment, undo: Undo): Promise<Held> {
  const srcHost = (await lab.api.vnf(VNF)).host;
  const destHost = Object.keys(lab.topology.hosts).find(
    (host) => host !== srcHost && lab.topology.hosts[host]?.agent === true,
  );
  const [srcInst] = instancesOn(srcHost).keys();
  if (destHost === undefined || srcInst === undefined) throw new Error(`${VNF} does not serve`);
  const hold = new Hold(lab, { srcHost, destHost, srcInst, destInst: undefined }, undo);
  return hold.at(moment);
}

/** What has to be put back, whatever happens. */
export class Undo {
  readonly #actions: (() => Promise<void>)[] = [];

  add(action: () => Promise<void>): void {
    this.#actions.push(action);
  }

  async all(): Promise<void> {
    for (let action = this.#actions.pop(); action; action = this.#actions.pop()) await action();
  }
}

/** EXT-230 on loopback: 4 is the controller's commit request, 5 the switch's reply. */
function bundleControlRule(port: number, type: 4 | 5): string {
  const [header, experimenter] = [64, 0x4f4e4600];
  // After the OpenFlow header: experimenter, its type (2300), the bundle's id, then this.
  const control = header + 96;
  const end = type === 4 ? 'sport' : 'dport';
  return `iif lo tcp ${end} ${port} @ih,${header},32 ${experimenter} @ih,${control},16 ${type}`;
}

class Hold {
  readonly #lab: FaultLab;
  readonly #roles: Roles;
  readonly #undo: Undo;
  #id = '';

  constructor(lab: FaultLab, roles: Roles, undo: Undo) {
    this.#lab = lab;
    this.#roles = roles;
    this.#undo = undo;
  }

  async at(moment: Moment): Promise<Held> {
    if (moment === 'preparing') {
      await this.#begin();
      await this.#destInst();
      this.#undo.add(freeze(await pidOf('destInst', this.#roles)));
      return this.#held('preparing');
    }
    const stream = await this.#stall(GREETING_BYTES);
    await this.#begin();
    await this.#destInst();
    await eventually('the snapshot', async () => (await stream.hits()) > 0 || undefined);
    if (moment === 'synchronising') return this.#held('synchronising');

    // Its agent does not pass prepareSwitch on, without which nothing is redirected.
    const resume = freeze(await programPid(`agent-${this.#roles.srcHost}`));
    this.#undo.add(resume);
    await stream.remove();
    await this.#reached('synchronised');
    if (moment === 'synchronised') return this.#held('synchronised');

    const later = moment === 'draining' ? await this.#stall() : await this.#muteSwitch(moment);
    await resume();
    await eventually(`what keeps it ${moment}`, async () => (await later.hits()) > 0 || undefined);
    if (moment === 'switching, redirected') {
      const there = async () => (await steeredHost(this.#lab)) === this.#roles.destHost;
      await eventually('the redirect', async () => (await there()) || undefined);
    }
    return this.#held(moment === 'draining' ? 'draining' : 'switching');
  }

  async #begin(): Promise<void> {
    const { destHost: to } = this.#roles;
    this.#id = (await this.#lab.api.migrate({ vnf: VNF, to, strategy: 'statelet' })).id;
  }

  /** Waits for the process, often: it is ready for work soon after. */
  async #destInst(): Promise<void> {
    const look = () => Promise.resolve([...instancesOn(this.#roles.destHost).keys()][0]);
    this.#roles.destInst = await eventually('destInst', look, 2);
  }

  /** destInst's host takes no data from srcInst's, or no large segments; connections can be made. */
  async #stall(above = 0): Promise<Filter> {
    const { srcHost, destHost } = this.#roles;
    const from = migrationAddress(this.#lab.topology, srcHost);
    const rule = `ip saddr ${from} ${TCP_DATA} ip length > ${above} counter drop`;
    return this.#filter(destHost, [rule]);
  }

  /** The redirect's commit does not come to the switch, or the switch's answer does not come back. */
  async #muteSwitch(moment: Moment): Promise<Filter> {
    const rule = bundleControlRule(this.#lab.openflowPort, moment === 'switching' ? 4 : 5);
    return this.#filter(undefined, [`${rule} counter drop`]);
  }

  async #filter(host: string | undefined, rules: readonly string[]): Promise<Filter> {
    const filter = await filterArriving(host, rules);
    this.#undo.add(() => filter.remove());
    return filter;
  }

  async #reached(state: MigrationState): Promise<void> {
    await eventually(state, async () => (await journaledState(this.#id)) === state || undefined, 2);
  }

  async #held(state: MigrationState): Promise<Held> {
    await this.#reached(state);
    return { id: this.#id, roles: this.#roles, state, release: () => this.#undo.all() };
  }
}
