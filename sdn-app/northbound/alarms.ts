/** /v1/alarms: list them, acknowledge one; fields as in ETSI NFV-SOL 002/003. */
import { z } from 'zod';
import { alarmPatch, alarmResource } from '../contract/alarm.js';
import { noQuery, pathName, problems, type Routes } from './route.js';

export const alarmRoutes: Routes =
  ({ alarms }) =>
  (app, _options, done) => {
    const params = z.strictObject({ id: pathName });
    const list = {
      summary: 'Alarms, cleared ones too, oldest first',
      querystring: noQuery,
      response: { 200: z.array(alarmResource), ...problems },
    };
    app.get('/alarms', { schema: list }, () => alarms.list());
    const one = {
      summary: 'One alarm',
      params,
      querystring: noQuery,
      response: { 200: alarmResource, ...problems },
    };
    app.get('/alarms/:id', { schema: one }, ({ params: { id } }) => alarms.get(id));
    const patch = {
      summary: 'Acknowledge an alarm, or take that back',
      params,
      querystring: noQuery,
      body: alarmPatch,
      response: { 200: alarmResource, ...problems },
    };
    app.patch('/alarms/:id', { schema: patch }, ({ params: { id }, body }) => {
      return alarms.acknowledge(id, body);
    });
    done();
  };
