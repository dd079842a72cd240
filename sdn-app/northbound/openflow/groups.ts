/** /v1/switches/{name}/groups: the groups of a switch. */
import { z } from 'zod';
import { groupRequest, groupsResource } from '../../contract/openflow.js';
import { group, multipartRequestBody } from '../../openflow/index.js';
import { noQuery, problems, type Routes } from '../route.js';
import { command } from '../switch-session.js';
import { ask, jsonOf, message } from './messages.js';
import { switchInPath, switchParams, switchPath } from './path.js';

const { make } = multipartRequestBody;
const done = { 204: z.null(), ...problems };
const oneGroup = z.strictObject({
  ...switchPath,
  groupId: z.coerce.number().pipe(z.int().min(0).max(group.max)),
});

export const groupRoutes: Routes = (deps) => (app, _options, registered) => {
  const list = {
    summary: 'Groups with their buckets, and their counters',
    params: switchParams,
    querystring: noQuery,
    response: { 200: groupsResource, ...problems },
  };
  app.get('/switches/:name/groups', { schema: list }, async ({ params }) => {
    const session = switchInPath(deps, params.name);
    const stats = await ask(session, make.groupStats({ groupId: group.all }));
    const groups = await ask(session, make.groupDesc());
    return {
      groups: groups.flatMap((part) => jsonOf(part.groups)),
      stats: stats.flatMap((part) => jsonOf(part.groups)),
    };
  });

  const add = {
    summary: 'Add a group',
    params: switchParams,
    querystring: noQuery,
    body: groupRequest,
    response: done,
  };
  app.post('/switches/:name/groups', { schema: add }, async ({ params, body }, reply) => {
    const session = switchInPath(deps, params.name);
    await command(session, [message('groupMod', { command: 'add', ...body })]);
    return reply.code(204).send(null);
  });

  const modify = {
    ...add,
    summary: 'Give a group other buckets',
    params: oneGroup,
    body: groupRequest.omit({ groupId: true }),
  };
  app.put('/switches/:name/groups/:groupId', { schema: modify }, async (request, reply) => {
    const { name, groupId } = request.params;
    const session = switchInPath(deps, name);
    await command(session, [message('groupMod', { command: 'modify', groupId, ...request.body })]);
    return reply.code(204).send(null);
  });

  const remove = {
    summary: 'Delete a group, and the flow entries that point to it',
    params: oneGroup,
    querystring: noQuery,
    response: done,
  };
  app.delete('/switches/:name/groups/:groupId', { schema: remove }, async ({ params }, reply) => {
    const session = switchInPath(deps, params.name);
    const { groupId } = params;
    await command(session, [message('groupMod', { command: 'delete', groupId, buckets: [] })]);
    return reply.code(204).send(null);
  });
  registered();
};
