/** What every route shares. */
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemDetails } from '../contract/rest.js';
import type { NorthboundDeps } from './deps.js';

export type Routes = (deps: NorthboundDeps) => FastifyPluginCallbackZod;

/** For routes without a query: unknown keys are refused there too. */
export const noQuery = z.strictObject({});

/** Names in paths are bounded; whether something has that name is the handler's to say. */
export const pathName = z.string().min(1).max(64);

export const problems = { '4xx': problemDetails, '5xx': problemDetails };
