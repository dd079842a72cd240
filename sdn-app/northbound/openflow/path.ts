/** The switch in the path: by its name in the topology, or by its dpid as 16 hexadecimal digits. */
import { z } from 'zod';
import { FerryError } from '../../contract/errors.js';
import type { SwitchSession } from '../../switch/index.js';
import type { NorthboundDeps } from '../deps.js';
import { pathName } from '../route.js';
import { sessionOf } from '../switch-session.js';

export const switchPath = {
  name: pathName.describe('Name in the topology, or dpid as 16 hexadecimal digits'),
};
export const switchParams = z.strictObject(switchPath);

/** Throws NOT_FOUND or SWITCH_UNKNOWN. */
export function switchInPath(deps: NorthboundDeps, name: string): SwitchSession {
  return sessionOf(deps, dpidOf(deps, name), 'name');
}

function dpidOf({ topology }: NorthboundDeps, name: string): bigint {
  const declared = Object.hasOwn(topology.switches, name) ? topology.switches[name] : undefined;
  if (declared !== undefined) return BigInt(declared.dpid);
  if (/^[0-9a-fA-F]{16}$/.test(name)) return BigInt(`0x${name}`);
  const message = `the topology declares no switch ${name}, and a dpid has 16 hexadecimal digits`;
  throw new FerryError('NOT_FOUND', message, 'name');
}
