/** /v1/switches/{name}: packet-out, barrier, bundles, and any other question to the switch. */
import { z } from 'zod';
import {
  bundleRequest,
  multipartQuestion,
  multipartResource,
  packetOutRequest,
} from '../../contract/openflow.js';
import { noQuery, problems, type Routes } from '../route.js';
import { answered, command, commandAsOne } from '../switch-session.js';
import { bundled, jsonOf, message } from './messages.js';
import { switchInPath, switchParams } from './path.js';

const done = { 204: z.null(), ...problems };
const common = { params: switchParams, querystring: noQuery };

export const commandRoutes: Routes = (deps) => (app, _options, registered) => {
  const packetOut = {
    ...common,
    summary: 'Send a packet out of a switch',
    body: packetOutRequest,
    response: done,
  };
  app.post('/switches/:name/packet-out', { schema: packetOut }, async (request, reply) => {
    const session = switchInPath(deps, request.params.name);
    await command(session, [message('packetOut', request.body)]);
    return reply.code(204).send(null);
  });

  const barrier = {
    ...common,
    summary: 'Answers when the switch has handled everything before',
    response: done,
  };
  app.post('/switches/:name/barrier', { schema: barrier }, async ({ params }, reply) => {
    await answered(switchInPath(deps, params.name).barrier());
    return reply.code(204).send(null);
  });

  const bundle = {
    ...common,
    summary: 'Commit messages as one change: the switch takes all of them, or none',
    body: bundleRequest,
    response: done,
  };
  app.post('/switches/:name/bundle', { schema: bundle }, async ({ params, body }, reply) => {
    const session = switchInPath(deps, params.name);
    await commandAsOne(session, body.messages.map(bundled));
    return reply.code(204).send(null);
  });

  const multipart = {
    ...common,
    summary: 'Ask for any statistic or description (OpenFlow 1.3.5 section 7.3.5) by its kind',
    body: multipartQuestion,
    response: { 200: multipartResource, ...problems },
  };
  app.post('/switches/:name/multipart', { schema: multipart }, async ({ params, body }) => {
    const session = switchInPath(deps, params.name);
    const request = message('multipartRequest', { body });
    const parts = await answered(session.multipart(request, request.body.kind));
    return { parts: jsonOf(parts) };
  });
  registered();
};
