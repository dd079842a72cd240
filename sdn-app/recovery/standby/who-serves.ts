/** After a restart of the controller: whether a standby that was ready has taken over meanwhile. */
import type { RecoveryPorts } from '../ports.js';
import type { StandbyRecord } from './record.js';

/**
 * Before that nothing may be written to the switch. Rejects while the switch cannot be asked, and,
 * as long as `patient`, while an agent is not there. What the agents had to tell was told before.
 */
export async function learnWhoServes(
  record: StandbyRecord,
  { steering, hosts }: Pick<RecoveryPorts, 'steering' | 'hosts'>,
  patient: boolean,
): Promise<'source' | 'standby'> {
  const { vnf, host, instance, servingHost, servingInst } = record;
  if (patient && !(hosts.connected(host) && hosts.connected(servingHost))) {
    throw new Error(`not all agents of ${vnf} are there`);
  }
  const active = await steering.witness(vnf, servingHost, host);
  if (active === 'dest') return 'standby';
  const modeOf = async (at: string, id: string) => (await hosts.stats(at, id)).mode;
  // An answer comes behind all news of its agent.
  const source = await modeOf(servingHost, servingInst).catch(() => undefined);
  // The order to take over may have reached the standby, and not the switch.
  if (hosts.instances(host)?.has(instance) === true) {
    return (await modeOf(host, instance)) === 'serving' ? 'standby' : 'source';
  }
  if (hosts.connected(host) || active === 'src' || source === 'serving') return 'source';
  throw new Error(`neither switch nor agents can tell who serves ${vnf}`);
}
