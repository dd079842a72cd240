/**
 * Ryu's ofctl_rest under /stats: the same paths, bodies and answers for OpenFlow 1.3. A command is
 * answered after the switch has handled it, with the switch's error if there is one.
 */
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RouteHandlerMethod,
  RouteShorthandOptions,
} from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FerryError } from '../../contract/errors.js';
import type { NorthboundDeps } from '../deps.js';
import { deleteOthers } from '../owned-entries.js';
import { problems, type Routes } from '../route.js';
import { answered, command, sessionOf } from '../switch-session.js';
import { readBody, strictQuery } from './body.js';
import { COMMANDS, EXPERIMENTER } from './commands.js';
import { listToJsonText, toJsonText } from './json-text.js';
import { readLiteral } from './literal.js';
import { readWhole, Unfit } from './scalar.js';
import type { PathPart, Statistic } from './statistic.js';
import { LATER, STATISTICS } from './statistics.js';

const BODY_LIMIT_BYTES = 1_048_576;
const JSON_TYPE = 'application/json; charset=utf-8';

const dpidText = z.string().min(1).max(32).describe('Datapath id, decimal or 0x hexadecimal');
const numberText = z.string().min(1).max(32);
/** What is in the answer, docs/ofctl-rest.md tells. */
const anyAnswer = z.record(z.string(), z.unknown());
const done = z.null();

export const ofctlRoutes: Routes = (deps) => (app, _options, registered) => {
  readAnyBody(app);
  const list = {
    schema: {
      summary: 'Connected switches',
      querystring: strictQuery,
      response: { 200: z.array(z.int()), ...problems },
    },
    ...asItIs,
  };
  const switches: RouteHandlerMethod = (_request, reply) => {
    const dpids = deps.switches.sessions.map(({ dpid }) => dpid);
    return send(reply, dpids);
  };
  app.get('/switches', list, switches);
  for (const statistic of STATISTICS) addStatistic(app, deps, statistic);
  for (const [path, instead] of Object.entries(LATER)) addLater(app, path, instead);
  addCommands(app, deps);
  registered();
};

/** Answers are written with every digit of their numbers; bodies are read by `readBody`. */
const asItIs: Pick<RouteShorthandOptions, 'serializerCompiler' | 'validatorCompiler'> = {
  serializerCompiler: () => toJsonText,
  validatorCompiler: (route) =>
    route.httpPart === 'body'
      ? (value: unknown) => ({ value })
      : validatorCompiler(route as Parameters<typeof validatorCompiler>[0]),
};

/** Old scripts send JSON under any media type, curl -d as a form. */
function readAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const options = { parseAs: 'string', bodyLimit: BODY_LIMIT_BYTES } as const;
  app.addContentTypeParser<string>('*', options, (_request, text, parsed) => {
    try {
      parsed(null, text === '' ? {} : readLiteral(text));
    } catch (error) {
      parsed(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function addStatistic(app: FastifyInstance, deps: NorthboundDeps, statistic: Statistic): void {
  const { path, summary, parts = [], filter } = statistic;
  const handler: RouteHandlerMethod = async (request, reply) => {
    const params = request.params as Record<string, string>;
    const dpid = dpidOf(params['dpid'] ?? '');
    const session = sessionOf(deps, dpid);
    const numbers = parts.flatMap((part) => numberOf(part, params[part.name]));
    const wanted = filter === undefined ? undefined : readBody(filter, request);
    const answer = await answered(statistic.ask(session, numbers, wanted));
    if (!Array.isArray(answer)) return send(reply, { [dpid.toString()]: answer });
    const text = await listToJsonText(dpid.toString(), answer);
    return reply.type(JSON_TYPE).serializer(String).send(text);
  };
  for (let count = 0; count <= parts.length; count += 1) {
    const used = parts.slice(0, count);
    const url = [path, ':dpid', ...used.map(({ name }) => `:${name}`)].join('/');
    const params = z.object({
      dpid: dpidText,
      ...Object.fromEntries(used.map(({ name }) => [name, numberText])),
    });
    const response = { 200: anyAnswer, ...problems };
    const schema = { summary, params, querystring: strictQuery, response };
    app.get(`/${url}`, { schema, ...asItIs }, handler);
    if (filter === undefined) continue;
    app.post(`/${url}`, { schema: { ...schema, body: filter }, ...asItIs }, handler);
  }
}

function addLater(app: FastifyInstance, path: string, instead: string): void {
  app.get(`/${path}/*`, { schema: { hide: true } }, () => {
    const message = `${path} needs OpenFlow 1.4; with 1.3 it is /stats/${instead}`;
    throw new FerryError('OPENFLOW_VERSION', message);
  });
}

function addCommands(app: FastifyInstance, deps: NorthboundDeps): void {
  const response = { 200: done, ...problems };
  for (const { path, summary, body, messages } of COMMANDS) {
    const schema = { summary, querystring: strictQuery, body, response };
    app.post(`/${path}`, { schema, ...asItIs }, async (request, reply) => {
      const read = readBody(body, request);
      const session = sessionOf(deps, read.dpid ?? 0n);
      await command(session, messages(read, session));
      return ok(reply);
    });
  }
  const params = z.object({ dpid: dpidText });
  const { path, summary, body, messages } = EXPERIMENTER;
  const experimenter = { summary, params, querystring: strictQuery, body, response };
  app.post(`/${path}/:dpid`, { schema: experimenter, ...asItIs }, async (request, reply) => {
    const session = sessionFor(deps, request);
    await command(session, messages(readBody(body, request), session));
    return ok(reply);
  });
  const clear = {
    summary: "Delete all flow entries but Ferry's own",
    params,
    querystring: strictQuery,
    response,
  };
  app.delete('/flowentry/clear/:dpid', { schema: clear, ...asItIs }, async (request, reply) => {
    await command(sessionFor(deps, request), deleteOthers());
    return ok(reply);
  });
}

function sessionFor(deps: NorthboundDeps, { params }: FastifyRequest) {
  return sessionOf(deps, dpidOf((params as Record<string, string>)['dpid'] ?? ''));
}

function dpidOf(text: string): bigint {
  return readPath('dpid', () => readWhole(text, 64));
}

function numberOf({ name, schema }: PathPart, text: string | undefined): number[] {
  if (text === undefined) return [];
  const result = schema.safeParse(text);
  if (result.success) return [result.data];
  const message = `path: ${name} ${result.error.issues[0]?.message ?? 'is wrong'}`;
  throw new FerryError('REQUEST_INVALID', message, name);
}

function readPath<T>(field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw new FerryError('REQUEST_INVALID', `path: ${field} ${error.message}`, field);
  }
}

/** Ryu answers a command with an empty body. */
function ok(reply: FastifyReply): FastifyReply {
  return reply.code(200).send();
}

function send(reply: FastifyReply, answer: unknown): FastifyReply {
  return reply.type(JSON_TYPE).serializer(toJsonText).send(answer);
}
