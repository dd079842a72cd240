/** /v1/network: links, hosts and paths that the controller has found. */
import { z } from 'zod';
import {
  networkCounters,
  networkHost,
  networkLink,
  networkPath,
  networkSwitch,
  pathQuery,
} from '../contract/network.js';
import { noQuery, problems, type Routes } from './route.js';

export const networkRoutes: Routes =
  ({ network }) =>
  (app, _options, done) => {
    const counters = {
      summary: 'Size of the network, and what was done with its packets',
      querystring: noQuery,
      response: { 200: networkCounters, ...problems },
    };
    app.get('/network', { schema: counters }, () => network.counters());
    const switches = {
      summary: 'Every switch that is or was just connected, declared or not',
      querystring: noQuery,
      response: { 200: z.array(networkSwitch), ...problems },
    };
    app.get('/network/switches', { schema: switches }, () => network.switches());
    const links = {
      summary: 'Links between switches',
      querystring: noQuery,
      response: { 200: z.array(networkLink), ...problems },
    };
    app.get('/network/links', { schema: links }, () => network.links());
    const hosts = {
      summary: 'Hosts, by MAC address, with the port where each was learned',
      querystring: noQuery,
      response: { 200: z.array(networkHost), ...problems },
    };
    app.get('/network/hosts', { schema: hosts }, () => network.hosts());
    const path = {
      summary: 'The way that frames take between two hosts',
      querystring: pathQuery,
      response: { 200: networkPath, ...problems },
    };
    app.get('/network/path', { schema: path }, ({ query: { from, to } }) => network.path(from, to));
    done();
  };
