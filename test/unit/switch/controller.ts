/** The controller's side for tests: a listener on loopback and its registry. */
import { once } from 'node:events';
import {
  SwitchRegistry,
  listenForSwitches,
  type CloseReason,
  type ListenOptions,
  type SwitchLimits,
  type SwitchListener,
  type SwitchSession,
} from '../../../sdn-app/switch/index.js';
import { FakeSwitch, type FakeOptions } from './fake-switch.js';

export interface Controller {
  registry: SwitchRegistry;
  listener: SwitchListener;
  /** A fake switch, connected and known. */
  join(options?: FakeOptions): Promise<{ fake: FakeSwitch; session: SwitchSession }>;
  /** A fake switch that may never get so far. */
  fake(options?: FakeOptions): FakeSwitch;
  /** Resolves when so many connections have ended for this reason. */
  counted(reason: CloseReason, count?: number): Promise<void>;
}

export async function startController(
  t: { teardown: (close: () => unknown) => unknown },
  limits: Partial<SwitchLimits> = {},
  options: Pick<ListenOptions, 'tls'> = {},
): Promise<Controller> {
  const registry = new SwitchRegistry();
  const listening = { address: '127.0.0.1', port: 0, limits, ...options };
  const listener = await listenForSwitches(listening, registry);
  const fakes: FakeSwitch[] = [];
  t.teardown(async () => {
    for (const each of fakes) each.destroy();
    await listener.close();
  });
  const fake = (options: FakeOptions = {}): FakeSwitch => {
    const made = new FakeSwitch(listener.port, options);
    fakes.push(made);
    return made;
  };
  return {
    registry,
    listener,
    fake,
    join: async (options) => {
      const connected = once(registry, 'connected') as Promise<[SwitchSession]>;
      const made = fake(options);
      const [session] = await connected;
      return { fake: made, session };
    },
    counted: async (reason, count = 1) => {
      while (registry.closed[reason] < count) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}
