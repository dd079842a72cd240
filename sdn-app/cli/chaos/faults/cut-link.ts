/** A link that goes down: both ends see it. */
import { FerryError } from '../../../contract/errors.js';
import { resolveLinks } from '../../../contract/resolve.js';
import type { Fault } from '../fault.js';
import { tool } from '../tool.js';

export const cutLink: Fault<'cutLink'> = {
  name: 'cutLink',
  target: (step) => `${step.host}, ${step.network}`,
  strike: async ({ host, network }, { topology }) => {
    const link = resolveLinks(topology).find(
      (each) => each.host === host && each.network === network,
    );
    if (link === undefined) {
      throw new FerryError('CHAOS_TARGET_MISSING', `${host} has no link to ${network}`, 'network');
    }
    const set = (state: string) => tool(['ip', 'link', 'set', link.switchInterface, state]);
    await set('down');
    return async () => {
      await set('up');
    };
  },
};
