/** The network's flows as a switch lists them, read back into what they mean. */
import {
  flowMod,
  parseMac,
  type FlowMod,
  type FlowStats,
  type OxmField,
} from '../openflow/index.js';
import { COOKIE, isNetworkCookie } from './flows.js';
import type { Tables } from './node.js';

export interface Found {
  stations: { port: number; mac: number }[];
  /** Ports with the flow of a link. */
  links: number[];
  /** Ports with the flow of one that is shut. */
  blocked: number[];
  routes: { mac: number; port: number }[];
  /** Removes each flow that has our cookie and no meaning: another version of us left it. */
  strange: FlowMod[];
}

export function readFlows(flows: readonly FlowStats[], tables: Tables): Found {
  const found: Found = { stations: [], links: [], blocked: [], routes: [], strange: [] };
  for (const flow of flows) {
    if (isNetworkCookie(flow.cookie) && !understand(flow, tables, found)) {
      found.strange.push(
        flowMod({
          command: 'deleteStrict',
          tableId: flow.tableId,
          priority: flow.priority,
          match: flow.match,
        }),
      );
    }
  }
  return found;
}

function understand(flow: FlowStats, { learn, forward }: Tables, found: Found): boolean {
  const port = portIn(flow.match);
  switch (flow.cookie) {
    case COOKIE.base:
      return flow.tableId === learn || flow.tableId === forward;
    case COOKIE.link:
      if (flow.tableId !== learn || port === undefined) return false;
      found.links.push(port);
      return true;
    case COOKIE.blocked:
      if (flow.tableId !== learn || port === undefined) return false;
      found.blocked.push(port);
      return true;
    case COOKIE.hold:
      // It goes by itself.
      return flow.tableId === learn;
    case COOKIE.station: {
      const mac = macIn(flow.match, 'ethSrc');
      if (flow.tableId !== learn || port === undefined || mac === undefined) return false;
      found.stations.push({ port, mac });
      return true;
    }
    case COOKIE.route: {
      const mac = macIn(flow.match, 'ethDst');
      const out = outputOf(flow);
      if (flow.tableId !== forward || mac === undefined || out === undefined) return false;
      found.routes.push({ mac, port: out });
      return true;
    }
    default:
      return false;
  }
}

/** The ingress port that a match asks for, or that a packet-in reports. */
export function portIn(match: readonly OxmField[]): number | undefined {
  for (const field of match) if (field.field === 'inPort') return field.value;
  return undefined;
}

export function macIn(match: readonly OxmField[], name: 'ethSrc' | 'ethDst'): number | undefined {
  const field = match.find((each) => each.field === name);
  return field?.field === name ? parseMac(field.value) : undefined;
}

function outputOf({ instructions }: FlowStats): number | undefined {
  const [instruction] = instructions;
  const [action] = instruction?.type === 'applyActions' ? instruction.actions : [];
  return action?.type === 'output' ? action.port : undefined;
}
