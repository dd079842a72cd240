/** /v1/recoveries, /v1/vnfs/{name}/heal, /v1/availability: failures and what became of them. */
import { z } from 'zod';
import {
  availabilityResource,
  healRequest,
  recoveryReport,
  recoveryResource,
} from '../contract/recovery.js';
import { trafficSubmission } from '../contract/rest.js';
import { noQuery, pathName, problems, type Routes } from './route.js';

export const recoveryRoutes: Routes =
  ({ recoveries, availability }) =>
  (app, _options, done) => {
    const params = z.strictObject({ id: pathName });
    const named = z.strictObject({ name: pathName });
    const list = {
      summary: 'Recoveries, oldest first',
      querystring: noQuery,
      response: { 200: z.array(recoveryResource), ...problems },
    };
    app.get('/recoveries', { schema: list }, () => recoveries.list());
    const one = {
      summary: 'One recovery',
      params,
      querystring: noQuery,
      response: { 200: recoveryResource, ...problems },
    };
    app.get('/recoveries/:id', { schema: one }, ({ params: { id } }) => recoveries.get(id));
    const report = {
      summary: 'Report of a recovery that has ended',
      params,
      querystring: noQuery,
      response: { 200: recoveryReport, ...problems },
    };
    app.get('/recoveries/:id/report', { schema: report }, ({ params: { id } }) => {
      return recoveries.report(id);
    });
    const traffic = {
      summary: 'Hand in what a load generator measured during the recovery',
      params,
      querystring: noQuery,
      body: trafficSubmission,
      response: { 204: z.null(), ...problems },
    };
    app.put('/recoveries/:id/traffic', { schema: traffic }, async (request, reply) => {
      await recoveries.addTraffic(request.params.id, request.body);
      return reply.code(204).send(null);
    });
    const heal = {
      summary: 'Bring a VNF back as after a failure; it goes on after the answer',
      params: named,
      querystring: noQuery,
      body: healRequest,
      response: { 202: recoveryResource, ...problems },
    };
    app.post('/vnfs/:name/heal', { schema: heal }, async ({ params: { name }, body }, reply) => {
      const recovery = recoveries.heal(name, body);
      return reply.code(202).header('location', `/v1/recoveries/${recovery.id}`).send(recovery);
    });
    const all = {
      summary: 'Availability of every VNF since it was first seen',
      querystring: noQuery,
      response: { 200: z.array(availabilityResource), ...problems },
    };
    app.get('/availability', { schema: all }, () => availability.list());
    const ofOne = {
      summary: 'Availability of one VNF',
      params: named,
      querystring: noQuery,
      response: { 200: availabilityResource, ...problems },
    };
    app.get('/availability/:name', { schema: ofOne }, ({ params: { name } }) => {
      return availability.get(name);
    });
    done();
  };
