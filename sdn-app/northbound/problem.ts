/** Errors as RFC 9457 problem details. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { FerryError, toFerryError } from '../contract/errors.js';
import type { ProblemDetails } from '../contract/rest.js';
import { SwitchRefusal } from './switch-refusal.js';

export const PROBLEM_TYPE = 'application/problem+json';

export function toProblemDetails(error: FerryError, status = error.status): ProblemDetails {
  return {
    type: `urn:ferry:error:${error.code}`,
    title: error.code,
    status,
    detail: error.message,
    code: error.code,
    advice: error.advice,
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error instanceof SwitchRefusal ? { openflowError: error.openflowError } : {}),
  };
}

export function sendProblem(reply: FastifyReply, error: FerryError, status?: number): FastifyReply {
  const problem = toProblemDetails(error, status);
  // Serialised here: an error must not depend on the schemas of the route that it happened in.
  return reply.code(problem.status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(problem);
}

export function handleError(
  error: FastifyError,
  _request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [issue] = error.validation;
    const path = issue?.instancePath.slice(1).replaceAll('/', '.') ?? '';
    const unknown = unknownKey(issue?.params);
    const field = [path, unknown ?? ''].filter((part) => part !== '').join('.');
    const message = `${error.validationContext ?? 'request'}: ${issue?.message ?? error.message}`;
    return sendProblem(reply, new FerryError('REQUEST_INVALID', message, field || undefined));
  }
  const status = error.statusCode;
  if (!(error instanceof FerryError) && status !== undefined && status >= 400 && status < 500) {
    // fastify's own: body too large, unsupported media type, broken JSON.
    const message = error.message.slice(0, 300);
    return sendProblem(reply, new FerryError('REQUEST_INVALID', message), status);
  }
  return sendProblem(reply, toFerryError(error));
}

export function handleUnknownPath(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message = `there is no ${request.method} ${request.url.slice(0, 200)}`;
  return sendProblem(reply, new FerryError('NOT_FOUND', message));
}

function unknownKey(params: unknown): string | undefined {
  if (typeof params !== 'object' || params === null || !('keys' in params)) return undefined;
  const [first] = Array.isArray(params.keys) ? (params.keys as unknown[]) : [];
  return typeof first === 'string' ? first : undefined;
}
