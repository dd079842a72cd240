/** /v1/switches/{name}/flows: the flow entries of a switch. */
import { z } from 'zod';
import { flowDeletion, flowQuery, flowRequest, flowsResource } from '../../contract/openflow.js';
import { noQuery, problems, type Routes } from '../route.js';
import { command } from '../switch-session.js';
import { ask, jsonOf, message } from './messages.js';
import { switchInPath, switchParams } from './path.js';

const done = { 204: z.null(), ...problems };

export const flowRoutes: Routes = (deps) => (app, _options, registered) => {
  const list = {
    summary: 'Flow entries with their counters',
    params: switchParams,
    querystring: flowQuery,
    response: { 200: flowsResource, ...problems },
  };
  app.get('/switches/:name/flows', { schema: list }, async ({ params, query }) => {
    const session = switchInPath(deps, params.name);
    const { body } = message('multipartRequest', { body: { kind: 'flow', ...query } });
    if (body.kind !== 'flow') throw new TypeError('the question is about flows');
    const parts = await ask(session, body);
    return { flows: parts.flatMap((part) => jsonOf(part.flows)) };
  });

  const add = {
    summary: 'Add a flow entry, or replace the one with its table, priority and match',
    params: switchParams,
    querystring: noQuery,
    body: flowRequest,
    response: done,
  };
  app.post('/switches/:name/flows', { schema: add }, async ({ params, body }, reply) => {
    const session = switchInPath(deps, params.name);
    await command(session, [message('flowMod', { command: 'add', ...body })]);
    return reply.code(204).send(null);
  });

  const modify = { ...add, summary: 'Give the flow entry with this match other instructions' };
  app.put('/switches/:name/flows', { schema: modify }, async ({ params, body }, reply) => {
    const session = switchInPath(deps, params.name);
    await command(session, [message('flowMod', { command: 'modifyStrict', ...body })]);
    return reply.code(204).send(null);
  });

  const remove = { ...add, summary: 'Delete flow entries', body: flowDeletion };
  app.delete('/switches/:name/flows', { schema: remove }, async ({ params, body }, reply) => {
    const session = switchInPath(deps, params.name);
    const how = body.priority === undefined ? 'delete' : 'deleteStrict';
    await command(session, [message('flowMod', { command: how, instructions: [], ...body })]);
    return reply.code(204).send(null);
  });
  registered();
};
