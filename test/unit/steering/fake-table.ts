/**
 * A switch's tables in memory: takes the OpenFlow messages themselves, refuses what a switch
 * refuses, and tells where a frame gets out.
 */
import { ipv4ToNumber } from '../../../sdn-app/contract/names.js';
import type {
  Action,
  FlowMod,
  GroupDescription,
  OxmField,
  PlainMessage,
} from '../../../sdn-app/openflow/index.js';

const ALL_TABLES = 0xff;

export interface Frame {
  inPort: number;
  ethSrc: string;
  ethDst: string;
  ethType?: number;
  arpTpa?: string;
  ipv4Src?: string;
  ipv4Dst?: string;
  /** VLAN id of a tagged frame, as a trunk carries it. */
  label?: number | undefined;
}

/** Where a frame gets out, and with which label. */
export interface Way {
  port: number;
  label: number | undefined;
}

type Headers = Required<Omit<Frame, 'arpTpa' | 'ipv4Src' | 'ipv4Dst' | 'label'>> & {
  arpTpa: string | undefined;
  ipv4Src: string | undefined;
  ipv4Dst: string | undefined;
  label: number | undefined;
  metadata: bigint;
};

export type FakeGroup = GroupDescription;

export class FakeTable {
  flows: FlowMod[] = [];
  groups: FakeGroup[] = [];
  /** PACKET_OUTs: where to, and the frame. */
  readonly sent: (Way & { data: Buffer })[] = [];

  apply(messages: readonly PlainMessage[]): this {
    for (const message of messages) this.applyOne(message);
    return this;
  }

  applyOne(message: PlainMessage): void {
    switch (message.type) {
      case 'flowMod':
        this.#flowMod(message);
        return;
      case 'groupMod': {
        const { command, groupId, groupType, buckets } = message;
        const exists = this.groups.some((group) => group.groupId === groupId);
        if (command === 'add' && exists) throw new Error(`group ${groupId} exists`);
        if (command === 'modify' && !exists) throw new Error(`group ${groupId} is unknown`);
        if (groupType === 'indirect' && buckets.length !== 1) throw new Error('one bucket only');
        this.groups = this.groups.filter((group) => group.groupId !== groupId);
        if (command === 'delete') this.flows = this.flows.filter((flow) => !uses(flow, groupId));
        else this.groups.push({ groupId, groupType, buckets });
        return;
      }
      case 'packetOut':
        this.sent.push(
          ...this.#act(message.actions, undefined).map((way) => ({ ...way, data: message.data })),
        );
        return;
      default:
        throw new Error(`a table does not take ${message.type}`);
    }
  }

  /** Ports that the frame leaves by, in order; never the one it came in by. */
  outputs(frame: Frame): number[] {
    return this.ways(frame).map(({ port }) => port);
  }

  /** The same, with the labels that its copies get. */
  ways(frame: Frame): Way[] {
    const headers: Headers = {
      ethType: 0x0800,
      arpTpa: undefined,
      ipv4Src: undefined,
      ipv4Dst: undefined,
      label: undefined,
      metadata: 0n,
      ...frame,
    };
    const ways: Way[] = [];
    let table: number | undefined = 0;
    while (table !== undefined) table = this.#step(table, headers, ways);
    return ways.filter(({ port }) => port !== frame.inPort).sort((a, b) => a.port - b.port);
  }

  #step(tableId: number, headers: Headers, ways: Way[]): number | undefined {
    const [best, second] = this.flows
      .filter(
        (flow) => flow.tableId === tableId && flow.match.every((each) => holds(each, headers)),
      )
      .sort((a, b) => b.priority - a.priority);
    if (best === undefined) return undefined;
    if (best.priority === second?.priority) throw new Error('two flows of one priority match');
    let next: number | undefined;
    for (const instruction of best.instructions) {
      if (instruction.type === 'writeMetadata') headers.metadata = instruction.metadata;
      else if (instruction.type === 'gotoTable') next = instruction.tableId;
      else if (instruction.type === 'applyActions') {
        ways.push(...this.#act(instruction.actions, headers.label));
      } else throw new Error(`instruction ${instruction.type}`);
    }
    return next;
  }

  /** Each bucket of a group begins with the frame as it came to the group. */
  #act(actions: readonly Action[], before: number | undefined): Way[] {
    let label = before;
    return actions.flatMap((action): Way[] => {
      switch (action.type) {
        case 'output':
          return [{ port: action.port, label }];
        case 'group':
          return this.#group(action.groupId).buckets.flatMap((bucket) =>
            this.#act(bucket.actions, label),
          );
        case 'pushVlan':
          if (label !== undefined) throw new Error('a second label');
          label = 0;
          return [];
        case 'popVlan':
          if (label === undefined) throw new Error('no label to take off');
          label = undefined;
          return [];
        case 'setField':
          if (
            label === undefined ||
            action.field.field !== 'vlanVid' ||
            !('value' in action.field)
          ) {
            throw new Error('only the label is set');
          }
          label = action.field.value & 0xfff;
          return [];
        default:
          throw new Error(`action ${action.type}`);
      }
    });
  }

  #group(groupId: number): FakeGroup {
    const group = this.groups.find((each) => each.groupId === groupId);
    if (group === undefined) throw new Error(`group ${groupId} is unknown`);
    return group;
  }

  #flowMod(mod: FlowMod): void {
    switch (mod.command) {
      case 'add':
        for (const instruction of mod.instructions) {
          if (instruction.type !== 'applyActions') continue;
          for (const action of instruction.actions) {
            if (action.type === 'group') this.#group(action.groupId);
          }
        }
        this.flows = this.flows.filter((flow) => !isSame(flow, mod));
        this.flows.push(mod);
        return;
      case 'deleteStrict':
        this.flows = this.flows.filter((flow) => !isSame(flow, mod));
        return;
      case 'delete':
        if (mod.match.length > 0) throw new Error('only deletes by cookie are simulated');
        this.flows = this.flows.filter(
          ({ tableId, cookie }) =>
            (mod.tableId !== ALL_TABLES && tableId !== mod.tableId) ||
            (cookie & mod.cookieMask) !== (mod.cookie & mod.cookieMask),
        );
        return;
      default:
        throw new Error(`flow-mod ${mod.command}`);
    }
  }
}

function isSame(a: FlowMod, b: FlowMod): boolean {
  return a.tableId === b.tableId && a.priority === b.priority && matchKey(a) === matchKey(b);
}

function matchKey({ match }: FlowMod): string {
  return match
    .map((field) => {
      const mask = 'mask' in field ? `/${String(field.mask)}` : '';
      return 'value' in field ? `${field.field}=${String(field.value)}${mask}` : '';
    })
    .join();
}

function uses(flow: FlowMod, groupId: number): boolean {
  return flow.instructions.some(
    (instruction) =>
      instruction.type === 'applyActions' &&
      instruction.actions.some((action) => action.type === 'group' && action.groupId === groupId),
  );
}

function holds(field: OxmField, headers: Headers): boolean {
  switch (field.field) {
    case 'inPort':
    case 'metadata':
    case 'ethSrc':
    case 'ethDst':
    case 'ethType':
    case 'arpTpa':
      return headers[field.field] === field.value;
    case 'ipv4Src':
    case 'ipv4Dst':
      return holdsNetwork(field, headers[field.field]);
    case 'vlanVid':
      return headers.label !== undefined && field.value === (0x1000 | headers.label);
    default:
      throw new Error(`match field ${field.field}`);
  }
}

function holdsNetwork(field: OxmField, address: string | undefined): boolean {
  if (address === undefined || !('value' in field)) return false;
  const mask = 'mask' in field ? ipv4ToNumber(String(field.mask)) : 0xffff_ffff;
  return ((ipv4ToNumber(address) ^ ipv4ToNumber(String(field.value))) & mask) === 0;
}
