/** /v1/vnfs/{name}/checkpoints and /restore: take one, list them, go back to one. */
import { z } from 'zod';
import { checkpointResource, restoreRequest, restoreResource } from '../contract/rest.js';
import { noQuery, pathName, problems, type Routes } from './route.js';

export const checkpointRoutes: Routes =
  ({ checkpoints, restorer }) =>
  (app, _options, done) => {
    const params = z.strictObject({ name: pathName });
    const take = {
      summary:
        'Take a checkpoint of the hot standby, or else of the serving instance, and copy it to another host',
      params,
      querystring: noQuery,
      response: { 201: checkpointResource, ...problems },
    };
    app.post('/vnfs/:name/checkpoints', { schema: take }, async ({ params: { name } }, reply) => {
      return reply.code(201).send(await checkpoints.take(name));
    });
    const list = {
      summary: 'Checkpoints of a VNF on the connected hosts, newest first',
      params,
      querystring: noQuery,
      response: { 200: z.array(checkpointResource), ...problems },
    };
    app.get('/vnfs/:name/checkpoints', { schema: list }, ({ params: { name } }) => {
      return checkpoints.list(name);
    });
    const restore = {
      summary:
        'Bring a VNF back to a checkpoint, where it is or on another host; answered when it serves',
      params,
      querystring: noQuery,
      body: restoreRequest,
      response: { 200: restoreResource, ...problems },
    };
    app.post('/vnfs/:name/restore', { schema: restore }, ({ params: { name }, body }) => {
      return restorer.restore(name, body);
    });
    done();
  };
