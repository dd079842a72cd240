/**
 * A host that falls silent while every link stays up: from one moment on nothing that it sends gets
 * anywhere, and its kernel hears nothing. One transaction of nftables, so that no link goes before
 * another.
 */
import { resolveLinks } from '../../../contract/resolve.js';
import type { Topology } from '../../../contract/topology.js';
import { hostCommand } from '../../lab/host.js';
import type { Fault } from '../fault.js';
import { tool } from '../tool.js';

/** In the host's own namespace, in front of everything else. */
const TABLE = 'netdev ferry_chaos';

export const dropHost: Fault<'dropHost'> = {
  name: 'dropHost',
  target: (step) => step.host,
  strike: async ({ host }, { topology }) => {
    const inside = await hostCommand(host);
    const nft = (script: string) => tool([...inside, 'nft', '-f', '-'], script);
    const devices = interfacesOf(host, topology).join(', ');
    const chain = (hook: string) =>
      `chain ${hook} { type filter hook ${hook} devices = { ${devices} } priority -500; policy drop; }`;
    const remove = `table ${TABLE}\ndelete table ${TABLE}\n`;
    await nft(`${remove}table ${TABLE} {\n${chain('egress')}\n${chain('ingress')}\n}\n`);
    return async () => {
      await nft(remove);
    };
  },
};

/** Data links, and the management link of a host with an agent. */
function interfacesOf(host: string, topology: Topology): string[] {
  const data = resolveLinks(topology)
    .filter((link) => link.host === host)
    .map(({ hostInterface }) => hostInterface);
  return topology.hosts[host]?.agent === true ? [...data, `${host}-mgmt`] : data;
}
