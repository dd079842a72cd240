/** /v1/switches/{name}/ports: the ports of a switch. */
import { z } from 'zod';
import { FerryError } from '../../contract/errors.js';
import { portRequest, portsResource } from '../../contract/openflow.js';
import { multipartRequestBody, port, portMod, type PortConfigFlag } from '../../openflow/index.js';
import { noQuery, problems, type Routes } from '../route.js';
import { command } from '../switch-session.js';
import { ask, jsonOf } from './messages.js';
import { switchInPath, switchParams, switchPath } from './path.js';

const { make } = multipartRequestBody;
const onePort = z.strictObject({
  ...switchPath,
  portNo: z.coerce.number().pipe(z.int().min(1).max(port.local)),
});

export const portRoutes: Routes = (deps) => (app, _options, registered) => {
  const list = {
    summary: 'Ports, and their counters',
    params: switchParams,
    querystring: noQuery,
    response: { 200: portsResource, ...problems },
  };
  app.get('/switches/:name/ports', { schema: list }, async ({ params }) => {
    const session = switchInPath(deps, params.name);
    const stats = await ask(session, make.portStats({ portNo: port.any }));
    const ports = await ask(session, make.portDesc());
    return {
      ports: ports.flatMap((part) => jsonOf(part.ports)),
      stats: stats.flatMap((part) => jsonOf(part.ports)),
    };
  });

  const modify = {
    summary: 'Change the behaviour of a port',
    params: onePort,
    querystring: noQuery,
    body: portRequest,
    response: { 204: z.null(), ...problems },
  };
  app.put('/switches/:name/ports/:portNo', { schema: modify }, async (request, reply) => {
    const { name, portNo } = request.params;
    const session = switchInPath(deps, name);
    const known = session.ports.find((each) => each.portNo === portNo);
    if (known === undefined) {
      throw new FerryError('NOT_FOUND', `the switch has no port ${portNo}`, 'portNo');
    }
    const { config = {}, advertise = known.advertised } = request.body;
    const mask = Object.keys(config) as PortConfigFlag[];
    const set = Object.entries(config).flatMap(([flag, isSet]) => (isSet ? [flag] : []));
    const { hwAddr } = known;
    const flags = { config: set as PortConfigFlag[], mask };
    await command(session, [portMod({ portNo, hwAddr, ...flags, advertise })]);
    return reply.code(204).send(null);
  });
  registered();
};
