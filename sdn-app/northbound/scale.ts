/** /v1/vnfs/{name}/scale: several instances share a VNF's work, or one does it again. */
import { z } from 'zod';
import { scaleRequest, scaleResource } from '../contract/rest.js';
import { noQuery, pathName, problems, type Routes } from './route.js';

export const scaleRoutes: Routes =
  ({ scaler }) =>
  (app, _options, done) => {
    const params = z.strictObject({ name: pathName });
    const start = {
      summary: 'Spread the work of a VNF over instances; it goes on after the answer',
      params,
      querystring: noQuery,
      body: scaleRequest,
      response: { 202: scaleResource, ...problems },
    };
    app.post('/vnfs/:name/scale', { schema: start }, async ({ params: { name }, body }, reply) => {
      const scaling = scaler.scale(name, body);
      return reply.code(202).send(scaling);
    });
    const last = {
      summary: 'The last scaling of a VNF',
      params,
      querystring: noQuery,
      response: { 200: scaleResource, ...problems },
    };
    app.get('/vnfs/:name/scale', { schema: last }, ({ params: { name } }) => scaler.get(name));
    done();
  };
