/** GET /v1/health: that the controller answers, and how much of the topology has connected. */
import { healthResource } from '../contract/rest.js';
import { noQuery, problems, type Routes } from './route.js';

export const healthRoutes: Routes =
  ({ version, topology, switches, hosts }) =>
  (app, _options, done) => {
    const startedAt = performance.now();
    const schema = {
      summary: 'Whether the controller answers',
      querystring: noQuery,
      response: { 200: healthResource, ...problems },
    };
    app.get('/health', { schema }, () => {
      const dpids = Object.values(topology.switches).map(({ dpid }) => BigInt(dpid));
      return {
        status: 'ok' as const,
        version,
        uptimeMs: Math.round(performance.now() - startedAt),
        switches: {
          declared: dpids.length,
          connected: dpids.filter((dpid) => switches.get(dpid) !== undefined).length,
        },
        hosts: {
          declared: hosts.declared.length,
          connected: hosts.declared.filter((host) => hosts.connected(host)).length,
        },
      };
    });
    done();
  };
