/** GET /v1/vnfs and /v1/vnfs/{name}: where each serves, with its instance's statistics of now. */
import { z } from 'zod';
import { vnfResource, type VnfResource } from '../contract/rest.js';
import type { NorthboundDeps } from './deps.js';
import { noQuery, pathName, problems, type Routes } from './route.js';

export const vnfRoutes: Routes = (deps) => (app, _options, done) => {
  const list = {
    summary: 'VNFs of the topology',
    querystring: noQuery,
    response: { 200: z.array(vnfResource), ...problems },
  };
  app.get('/vnfs', { schema: list }, () => {
    return Promise.all(deps.vnfs.names.map((name) => show(deps, name)));
  });
  const one = {
    summary: 'One VNF',
    params: z.strictObject({ name: pathName }),
    querystring: noQuery,
    response: { 200: vnfResource, ...problems },
  };
  app.get('/vnfs/:name', { schema: one }, ({ params: { name } }) => show(deps, name));
  done();
};

async function show(
  { vnfs, hosts, recoveries }: NorthboundDeps,
  name: string,
): Promise<VnfResource> {
  const statsOf = async (host: string, instance: string | null) =>
    instance !== null && hosts.connected(host)
      ? await hosts.stats(host, instance).catch(() => null)
      : null;
  const before = vnfs.status(name);
  const [stats, ...ofParts] = await Promise.all([
    statsOf(before.host, before.instance),
    ...before.parts.map(({ host, instance }) => statsOf(host, instance)),
  ]);
  const parts = before.parts.map(({ flows, host, instance }, index) => {
    return { flows, host, instance, entries: ofParts[index]?.entries ?? null };
  });
  const redundancy = recoveries.redundancy(name);
  return { ...vnfs.status(name), parts, redundancy, stats: stats ?? null };
}
