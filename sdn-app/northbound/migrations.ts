/** /v1/migrations: start one, watch it, read its report. */
import { z } from 'zod';
import { reportSchema } from '../contract/report.js';
import { migrationRequest, migrationResource, trafficSubmission } from '../contract/rest.js';
import { noQuery, pathName, problems, type Routes } from './route.js';

export const migrationRoutes: Routes =
  ({ migrations }) =>
  (app, _options, done) => {
    const params = z.strictObject({ id: pathName });
    const start = {
      summary: 'Start a migration; it goes on after the answer',
      querystring: noQuery,
      body: migrationRequest,
      response: { 202: migrationResource, ...problems },
    };
    app.post('/migrations', { schema: start }, async ({ body }, reply) => {
      const migration = await migrations.migrate(body);
      return reply.code(202).header('location', `/v1/migrations/${migration.id}`).send(migration);
    });
    const list = {
      summary: 'Migrations, oldest first',
      querystring: noQuery,
      response: { 200: z.array(migrationResource), ...problems },
    };
    app.get('/migrations', { schema: list }, () => migrations.list());
    const one = {
      summary: 'One migration',
      params,
      querystring: noQuery,
      response: { 200: migrationResource, ...problems },
    };
    app.get('/migrations/:id', { schema: one }, ({ params: { id } }) => migrations.get(id));
    const report = {
      summary: 'Report of a migration that has ended',
      params,
      querystring: noQuery,
      response: { 200: reportSchema, ...problems },
    };
    app.get('/migrations/:id/report', { schema: report }, ({ params: { id } }) => {
      return migrations.report(id);
    });
    const traffic = {
      summary: 'Hand in what a load generator measured during the migration',
      params,
      querystring: noQuery,
      body: trafficSubmission,
      response: { 204: z.null(), ...problems },
    };
    app.put(
      '/migrations/:id/traffic',
      { schema: traffic },
      async ({ params: { id }, body }, reply) => {
        await migrations.addTraffic(id, body);
        return reply.code(204).send(null);
      },
    );
    done();
  };
