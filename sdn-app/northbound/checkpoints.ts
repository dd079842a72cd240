/** /v1/vnfs/{name}/checkpoints: take one, list them. */
import { z } from 'zod';
import { checkpointResource } from '../contract/rest.js';
import { noQuery, pathName, problems, type Routes } from './route.js';

export const checkpointRoutes: Routes =
  ({ checkpoints }) =>
  (app, _options, done) => {
    const params = z.strictObject({ name: pathName });
    const take = {
      summary: 'Take a checkpoint of the serving instance and copy it to another host',
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
    done();
  };
