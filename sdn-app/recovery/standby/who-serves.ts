/** After a restart of the controller: whether a standby that was ready has taken over meanwhile. */
import type { RecoveryPorts } from '../ports.js';
import type { StandbyRecord } from './record.js';

/** Before that nothing may be written to the switch. Rejects while it or an agent cannot be asked. */
export async function learnWhoServes(
  record: StandbyRecord,
  { steering, hosts }: Pick<RecoveryPorts, 'steering' | 'hosts'>,
): Promise<'source' | 'standby'> {
  const { vnf, host, instance, servingHost, servingInst } = record;
  const active = await steering.witness(vnf, servingHost, host);
  if (active === 'dest') return 'standby';
  // The order to take over may have reached the standby, and not the switch.
  const modeOf = async (at: string, id: string) => (await hosts.stats(at, id)).mode;
  if (hosts.instances(host)?.has(instance) === true) {
    return (await modeOf(host, instance)) === 'serving' ? 'standby' : 'source';
  }
  if (hosts.connected(host) || active === 'src') return 'source';
  // The switch has forgotten everything, and the standby cannot be asked.
  await modeOf(servingHost, servingInst);
  return 'source';
}
