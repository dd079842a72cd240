/** GET /v1/strategies: how a VNF can be moved. */
import { z } from 'zod';
import { strategyResource } from '../contract/rest.js';
import { strategies } from '../migration/registry.js';
import { noQuery, problems, type Routes } from './route.js';

export const strategyRoutes: Routes = () => (app, _options, done) => {
  const list = {
    summary: 'Migration strategies',
    querystring: noQuery,
    response: { 200: z.array(strategyResource), ...problems },
  };
  app.get('/strategies', { schema: list }, () => {
    return strategies().map(({ name, guarantees }) => ({ name, guarantees }));
  });
  done();
};
