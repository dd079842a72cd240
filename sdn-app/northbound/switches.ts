/** GET /v1/switches and /v1/switches/{name}. */
import { z } from 'zod';
import { FerryError } from '../contract/errors.js';
import { switchResource, type SwitchResource } from '../contract/rest.js';
import { formatDpid, isUp } from '../switch/index.js';
import type { NorthboundDeps } from './deps.js';
import { noQuery, pathName, problems, type Routes } from './route.js';

export const switchRoutes: Routes = (deps) => (app, _options, done) => {
  const list = {
    summary: 'Switches of the topology',
    querystring: noQuery,
    response: { 200: z.array(switchResource), ...problems },
  };
  app.get('/switches', { schema: list }, () => {
    return Object.entries(deps.topology.switches).map(([name, spec]) =>
      show(deps, name, spec.dpid),
    );
  });
  const one = {
    summary: 'One switch',
    params: z.strictObject({ name: pathName }),
    querystring: noQuery,
    response: { 200: switchResource, ...problems },
  };
  app.get('/switches/:name', { schema: one }, ({ params: { name } }) => {
    const spec = deps.topology.switches[name];
    if (spec !== undefined) return show(deps, name, spec.dpid);
    throw new FerryError('NOT_FOUND', `the topology declares no switch ${name}`, 'name');
  });
  done();
};

function show({ switches }: NorthboundDeps, name: string, number: number): SwitchResource {
  const dpid = BigInt(number);
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
