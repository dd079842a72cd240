/** Connections that are cut: the next data on them is answered with a reset. New ones can be made. */
import { migrationAddress } from '../../sdn-app/contract/resolve.js';
import { eventually, type FaultLab } from './fault-lab.js';
import { filterArriving, TCP_DATA } from './packet-filter.js';
import type { Held } from './hold.js';

/** srcInst is told that its statelet stream is gone; destInst hears nothing of it. */
export async function cutStream(lab: FaultLab, { roles }: Held): Promise<void> {
  const from = migrationAddress(lab.topology, roles.srcHost);
  await cut(roles.destHost, [`ip saddr ${from} ${TCP_DATA}`]);
}

/** Whoever speaks first on the OpenFlow connection, controller or switch, is told that it is gone. */
export async function cutOpenFlow(lab: FaultLab): Promise<void> {
  const end = (side: string): string => `iif lo tcp ${side} ${lab.openflowPort} ${TCP_DATA}`;
  await cut(undefined, [end('sport'), end('dport')]);
}

async function cut(host: string | undefined, packets: readonly string[]): Promise<void> {
  const rules = packets.map((each) => `${each} counter reject with tcp reset`);
  const filter = await filterArriving(host, rules);
  try {
    await eventually('the cut', async () => (await filter.hits()) > 0 || undefined);
  } finally {
    await filter.remove();
  }
}
