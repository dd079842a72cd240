/**
 * Brings a VNF back from a checkpoint: its process is ended (its connections are not), nobody else can
 * speak for it any more, then the one of the checkpoint goes on where it is wanted.
 */
import type { CheckpointInfo, RestoreAnswer, StopAnswer } from '../contract/checkpoint.js';
import type { CheckpointPort, HostPort } from '../hosts/port.js';
import type { ProtectedVnfPort } from '../vnfs/port.js';
import type { SteeringPort } from '../vnfs/steering-port.js';

export interface BringBackPorts {
  hosts: Pick<HostPort, 'connected' | 'stopInstance'> & Pick<CheckpointPort, 'restore'>;
  steering: Pick<SteeringPort, 'switchesOf' | 'fence' | 'settle'>;
  vnfs: Pick<ProtectedVnfPort, 'get' | 'spec' | 'claim' | 'show' | 'place'>;
}

const NOTHING: StopAnswer = { connections: [] };

/** What has been done, in its order, for those who measure. */
export type Step = 'stopped' | 'fenced' | 'redirected' | 'restored';

export interface BringBackOptions {
  done?: (step: Step) => void;
  /** False when nobody knows what the switches have. */
  isSteered?: boolean;
  /** Its host does not answer: its end is asked for, and not waited for. */
  isSilent?: boolean;
}

/**
 * The VNF is in the caller's hands; `host` has the checkpoint. Resolves when it serves and is placed
 * there. Rejects with the first fault; then the VNF may be stopped, and steered to `host`.
 */
export async function bringBack(
  { id, vnf, instance }: CheckpointInfo,
  host: string,
  { hosts, steering, vnfs }: BringBackPorts,
  { done = () => undefined, isSteered = true, isSilent = false }: BringBackOptions = {},
): Promise<RestoreAnswer> {
  const serving = vnfs.get(vnf);
  vnfs.claim(vnf, [instance]);
  const ended = serving === undefined ? Promise.resolve(NOTHING) : end(serving, hosts);
  const stopped = isSilent ? undefined : await ended;
  const isStopped = stopped !== undefined;
  if (isStopped) done('stopped');
  if (serving?.host !== host || !isStopped || !isSteered) {
    // Several switches do not change in one moment; one that is silent may speak again.
    if (!isStopped || steering.switchesOf(vnf).length > 1) {
      await steering.fence(vnf);
      done('fenced');
    }
    await steering.settle(vnf, host);
    done('redirected');
  }
  const answer = await hosts.restore(host, vnfs.spec(vnf, host, instance, 'serving'), id, [
    ...(stopped?.connections ?? []),
  ]);
  done('restored');
  vnfs.show(vnf, host, instance);
  await vnfs.place(vnf, host, instance);
  return answer;
}

/** Undefined when nobody can tell whether it has ended. */
async function end(
  { host, instance }: { host: string; instance: string },
  hosts: BringBackPorts['hosts'],
): Promise<StopAnswer | undefined> {
  if (!hosts.connected(host)) return undefined;
  return hosts.stopInstance(host, instance, 'abruptly').catch(() => undefined);
}
