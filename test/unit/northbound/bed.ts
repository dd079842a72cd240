/** The northbound over real HTTP, on a controller whose switches are real or scripted. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buildServer } from '../../../sdn-app/northbound/server.js';
import { readLiteral } from '../../../sdn-app/northbound/ofctl/literal.js';
import {
  listenForSwitches,
  SwitchRegistry,
  type SwitchLimits,
  type SwitchSession,
} from '../../../sdn-app/switch/index.js';
import { FakeSwitch, type FakeOptions } from '../switch/fake-switch.js';
import { fakeDeps } from './fake-deps.js';

export interface Answer {
  status: number;
  type: string | null;
  body: unknown;
}

export interface Bed {
  registry: SwitchRegistry;
  openflowPort: number;
  get(path: string): Promise<Answer>;
  /** Objects as JSON; a text as it is, as `curl -d` would send it. */
  send(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
  join(options?: FakeOptions): Promise<{ fake: FakeSwitch; session: SwitchSession }>;
}

export async function startBed(
  t: { teardown: (close: () => unknown) => unknown },
  limits: Partial<SwitchLimits> = {},
): Promise<Bed> {
  const registry = new SwitchRegistry();
  const listener = await listenForSwitches({ address: '127.0.0.1', port: 0, limits }, registry);
  const app = await buildServer({ ...fakeDeps(), switches: registry });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const fakes: FakeSwitch[] = [];
  t.teardown(async () => {
    for (const fake of fakes) fake.destroy();
    await listener.close();
    await app.close();
  });
  const { port } = app.server.address() as AddressInfo;
  const url = (path: string): string => `http://127.0.0.1:${port}${path}`;
  return {
    registry,
    openflowPort: listener.port,
    get: async (path) => answer(await fetch(url(path))),
    send: async (method, path, body) => {
      const isText = typeof body === 'string';
      const type = isText ? 'application/x-www-form-urlencoded' : 'application/json';
      const sent =
        body === undefined
          ? {}
          : { body: isText ? body : JSON.stringify(body), headers: { 'content-type': type } };
      return answer(await fetch(url(path), { method, ...sent }));
    },
    join: async (options) => {
      const connected = once(registry, 'connected') as Promise<[SwitchSession]>;
      const fake = new FakeSwitch(listener.port, options);
      fakes.push(fake);
      const [session] = await connected;
      return { fake, session };
    },
  };
}

async function answer(response: Response): Promise<Answer> {
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: text === '' ? undefined : readLiteral(text),
  };
}
