/** REST under /v1: routes with schemas, problem details, and the OpenAPI document made from both. */
import swagger from '@fastify/swagger';
import { fastify, type FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import { alarmRoutes } from './alarms.js';
import { checkpointRoutes } from './checkpoints.js';
import { refuseDeep } from './depth.js';
import type { NorthboundDeps } from './deps.js';
import { healthRoutes } from './health.js';
import { hostRoutes } from './hosts.js';
import { migrationRoutes } from './migrations.js';
import { ofctlRoutes } from './ofctl/routes.js';
import { commandRoutes } from './openflow/commands.js';
import { flowRoutes } from './openflow/flows.js';
import { groupRoutes } from './openflow/groups.js';
import { meterRoutes } from './openflow/meters.js';
import { portRoutes } from './openflow/ports.js';
import { networkRoutes } from './network.js';
import { refuseOtherOrigins } from './origin.js';
import { handleError, handleUnknownPath } from './problem.js';
import { recoveryRoutes } from './recoveries.js';
import { scaleRoutes } from './scale.js';
import { strategyRoutes } from './strategies.js';
import { switchRoutes } from './switches.js';
import { vnfRoutes } from './vnfs.js';

const BODY_LIMIT_BYTES = 1_048_576;

const NATIVE = [
  checkpointRoutes,
  healthRoutes,
  switchRoutes,
  networkRoutes,
  flowRoutes,
  groupRoutes,
  meterRoutes,
  portRoutes,
  commandRoutes,
  hostRoutes,
  vnfRoutes,
  migrationRoutes,
  scaleRoutes,
  recoveryRoutes,
  alarmRoutes,
  strategyRoutes,
];

export async function buildServer(deps: NorthboundDeps): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    // Of paths that cannot be read, before there is a route.
    frameworkErrors: (error, request, reply) => {
      handleError(error, request, reply);
    },
  });
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleUnknownPath);
  app.addHook('onRequest', ({ headers }, _reply, next) => {
    refuseOtherOrigins(headers);
    next();
  });
  app.addHook('preValidation', ({ body }, _reply, next) => {
    refuseDeep(body);
    next();
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ferry',
        description:
          'Switches, hosts, VNFs and their migrations. Errors are RFC 9457 problem details. ' +
          'Events come by WebSocket from /v1/events?since=SEQ.',
        version: deps.version,
      },
    },
    transform: jsonSchemaTransform,
  });
  for (const routes of NATIVE) await app.register(routes(deps), { prefix: '/v1' });
  await app.register(ofctlRoutes(deps), { prefix: '/stats' });
  const openapi = { schema: { querystring: z.strictObject({}), hide: true } };
  app.get('/v1/openapi.json', openapi, () => app.swagger());
  await app.ready();
  return app;
}
