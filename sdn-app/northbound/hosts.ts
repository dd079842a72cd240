/** GET /v1/hosts and /v1/hosts/{name}: hosts with an agent, and what runs there. */
import { z } from 'zod';
import { FerryError } from '../contract/errors.js';
import { hostResource, type HostResource } from '../contract/rest.js';
import type { NorthboundDeps } from './deps.js';
import { noQuery, pathName, problems, type Routes } from './route.js';

export const hostRoutes: Routes = (deps) => (app, _options, done) => {
  const list = {
    summary: 'Hosts with an agent',
    querystring: noQuery,
    response: { 200: z.array(hostResource), ...problems },
  };
  app.get('/hosts', { schema: list }, () => deps.hosts.declared.map((name) => show(deps, name)));
  const one = {
    summary: 'One host',
    params: z.strictObject({ name: pathName }),
    querystring: noQuery,
    response: { 200: hostResource, ...problems },
  };
  app.get('/hosts/:name', { schema: one }, ({ params: { name } }) => {
    if (deps.hosts.declared.includes(name)) return show(deps, name);
    const message = `the topology declares no host ${name} with an agent`;
    throw new FerryError('HOST_UNKNOWN', message, 'name');
  });
  done();
};

function show({ hosts }: NorthboundDeps, name: string): HostResource {
  const instances = [...(hosts.instances(name)?.keys() ?? [])];
  return { name, connected: hosts.connected(name), instances };
}
