/** GET /v1/switches and /v1/switches/{name}. */
import { z } from 'zod';
import { FerryError } from '../contract/errors.js';
import { switchResource, type SwitchResource } from '../contract/rest.js';
import { formatDpid, isUp } from '../switch/index.js';
import type { NorthboundDeps } from './deps.js';
import { switchParams } from './openflow/path.js';
import { noQuery, problems, type Routes } from './route.js';

export const switchRoutes: Routes = (deps) => (app, _options, done) => {
  const list = {
    summary: 'Switches of the topology, and others that have connected',
    querystring: noQuery,
    response: { 200: z.array(switchResource), ...problems },
  };
  app.get('/switches', { schema: list }, () => known(deps).map((each) => show(deps, each)));
  const one = {
    summary: 'One switch',
    params: switchParams,
    querystring: noQuery,
    response: { 200: switchResource, ...problems },
  };
  app.get('/switches/:name', { schema: one }, ({ params: { name } }) => {
    const found = known(deps).find((each) => each.name === name);
    if (found !== undefined) return show(deps, found);
    const message = `the topology declares no switch ${name}, and none is connected`;
    throw new FerryError('NOT_FOUND', message, 'name');
  });
  done();
};

interface Known {
  name: string;
  dpid: bigint;
}

/** By name: a switch that is not in the topology by its dpid. */
function known({ topology, switches }: NorthboundDeps): Known[] {
  const declared = Object.entries(topology.switches).map(([name, spec]) => {
    return { name, dpid: BigInt(spec.dpid) };
  });
  const names = new Set(declared.map(({ dpid }) => dpid));
  const others = switches.sessions.filter(({ dpid }) => !names.has(dpid));
  return [...declared, ...others.map(({ dpid }) => ({ name: formatDpid(dpid), dpid }))];
}

function show({ switches }: NorthboundDeps, { name, dpid }: Known): SwitchResource {
  const session = switches.get(dpid);
  return {
    name,
    dpid: formatDpid(dpid),
    connected: session !== undefined,
    bundles: session?.bundles ?? null,
    ports: (session?.ports ?? []).map((port) => ({
      number: port.portNo,
      name: port.name,
      up: isUp(port),
    })),
    counters: { ...session?.counters },
  };
}
