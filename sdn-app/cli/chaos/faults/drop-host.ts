/**
 * A host that falls silent: its switch ports take and give nothing, and its management address
 * neither, while every link stays up.
 */
import { resolveLinks } from '../../../contract/resolve.js';
import { hostCommand } from '../../lab/host.js';
import type { Fault } from '../fault.js';
import { tool } from '../tool.js';

/** In the host's own namespace, in front of everything else. */
const TABLE = 'inet ferry_chaos';
const SILENCE = `table ${TABLE} {
  chain in { type filter hook input priority -500; policy drop; }
  chain out { type filter hook output priority -500; policy drop; }
}
`;

export const dropHost: Fault<'dropHost'> = {
  name: 'dropHost',
  target: (step) => step.host,
  strike: async ({ host }, { topology }) => {
    const links = resolveLinks(topology).filter((each) => each.host === host);
    const inside = await hostCommand(host);
    const nft = (script: string) => tool([...inside, 'nft', '-f', '-'], script);
    const ports = async (receive: string, forward: string) => {
      for (const { switch: name, switchInterface } of links) {
        for (const setting of [receive, forward]) {
          await tool(['ovs-ofctl', '-O', 'OpenFlow13', 'mod-port', name, switchInterface, setting]);
        }
      }
    };
    await nft(`table ${TABLE}\ndelete table ${TABLE}\n${SILENCE}`);
    await ports('no-receive', 'no-forward');
    return async () => {
      await ports('receive', 'forward');
      await nft(`table ${TABLE}\ndelete table ${TABLE}\n`);
    };
  },
};
