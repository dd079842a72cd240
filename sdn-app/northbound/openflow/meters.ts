/** /v1/switches/{name}/meters: the meters of a switch. */
import { z } from 'zod';
import { meterRequest, metersResource } from '../../contract/openflow.js';
import { meter, multipartRequestBody } from '../../openflow/index.js';
import { noQuery, problems, type Routes } from '../route.js';
import { command } from '../switch-session.js';
import { ask, jsonOf, message } from './messages.js';
import { switchInPath, switchParams, switchPath } from './path.js';

const { make } = multipartRequestBody;
const done = { 204: z.null(), ...problems };
const oneMeter = z.strictObject({
  ...switchPath,
  meterId: z.coerce.number().pipe(z.int().min(1).max(0xffff_ffff)),
});

export const meterRoutes: Routes = (deps) => (app, _options, registered) => {
  const list = {
    summary: 'Meters with their bands, and their counters',
    params: switchParams,
    querystring: noQuery,
    response: { 200: metersResource, ...problems },
  };
  app.get('/switches/:name/meters', { schema: list }, async ({ params }) => {
    const session = switchInPath(deps, params.name);
    const stats = await ask(session, make.meterStats({ meterId: meter.all }));
    const meters = await ask(session, make.meterConfig({ meterId: meter.all }));
    return {
      meters: meters.flatMap((part) => jsonOf(part.meters)),
      stats: stats.flatMap((part) => jsonOf(part.meters)),
    };
  });

  const add = {
    summary: 'Add a meter',
    params: switchParams,
    querystring: noQuery,
    body: meterRequest,
    response: done,
  };
  app.post('/switches/:name/meters', { schema: add }, async ({ params, body }, reply) => {
    const session = switchInPath(deps, params.name);
    await command(session, [message('meterMod', { command: 'add', ...body })]);
    return reply.code(204).send(null);
  });

  const modify = {
    ...add,
    summary: 'Give a meter other bands',
    params: oneMeter,
    body: meterRequest.omit({ meterId: true }),
  };
  app.put('/switches/:name/meters/:meterId', { schema: modify }, async (request, reply) => {
    const { name, meterId } = request.params;
    const session = switchInPath(deps, name);
    await command(session, [message('meterMod', { command: 'modify', meterId, ...request.body })]);
    return reply.code(204).send(null);
  });

  const remove = {
    summary: 'Delete a meter, and the flow entries that use it',
    params: oneMeter,
    querystring: noQuery,
    response: done,
  };
  app.delete('/switches/:name/meters/:meterId', { schema: remove }, async ({ params }, reply) => {
    const session = switchInPath(deps, params.name);
    const { meterId } = params;
    await command(session, [message('meterMod', { command: 'delete', meterId, bands: [] })]);
    return reply.code(204).send(null);
  });
  registered();
};
