/** Ties the sessions of switch/ to steering: by datapath id to the topology's switch. */
import {
  formatDpid,
  SwitchError,
  type SwitchRegistry,
  type SwitchSession,
} from '../switch/index.js';
import { multipartRequest, multipartRequestBody } from '../openflow/index.js';
import { OWNED_FLOWS } from '../steering/index.js';
import { messageOf, toFerryError } from '../contract/errors.js';
import type { Topology } from '../contract/topology.js';
import type { EventLog } from '../events.js';
import type { SteeringService } from './steering-service.js';
import { SteeringError } from './steering-port.js';
import type { SteeredSwitch } from './steered-switch.js';

/** A counter that a switch does not have (OpenFlow 1.3.5 section 7.3.5.6): all ones. */
const UNCOUNTED = 0xffff_ffff_ffff_ffffn;

/** Returns the function that unties them. A switch that the topology does not declare is left alone. */
export function steerSwitches(
  registry: SwitchRegistry,
  steering: SteeringService,
  topology: Topology,
  events: EventLog,
): () => void {
  const names = new Map(
    Object.entries(topology.switches).map(([name, { dpid }]) => [BigInt(dpid), name]),
  );
  const adapted = new WeakMap<SwitchSession, SteeredSwitch>();

  const connected = (session: SwitchSession) => {
    const dpid = formatDpid(session.dpid);
    const name = names.get(session.dpid);
    events.publish('switch.connected', name ?? dpid, { dpid, declared: name !== undefined });
    if (name === undefined) return;
    const steered = adapt(session);
    adapted.set(session, steered);
    steering.attach(name, steered);
  };
  const disconnected = (session: SwitchSession, reason: string, detail: string) => {
    const dpid = formatDpid(session.dpid);
    const name = names.get(session.dpid);
    events.publish('switch.disconnected', name ?? dpid, { dpid, reason, detail });
    const steered = adapted.get(session);
    if (name !== undefined && steered !== undefined) steering.detach(name, steered);
  };
  const refused = (peer: string, reason: string, detail: string) => {
    events.publish('switch.refused', peer, { reason, detail });
  };
  const portStatus = (session: SwitchSession) => {
    const name = names.get(session.dpid);
    if (name !== undefined) steering.portsChanged(name);
  };
  const failed = (session: SwitchSession, message: string, error: unknown, count: number) => {
    // The first, and then ever more rarely: it may be the same at every packet.
    if ((count & (count - 1)) !== 0) return;
    const dpid = formatDpid(session.dpid);
    const { code, message: reason } = toFerryError(error);
    events.publish('switch.listenerFailed', names.get(session.dpid) ?? dpid, {
      ...{ dpid, message, code, reason, count },
    });
  };
  registry.on('connected', connected);
  registry.on('disconnected', disconnected);
  registry.on('refused', refused);
  registry.on('portStatus', portStatus);
  registry.on('listenerFailed', failed);
  return () => {
    registry.off('connected', connected);
    registry.off('disconnected', disconnected);
    registry.off('refused', refused);
    registry.off('portStatus', portStatus);
    registry.off('listenerFailed', failed);
  };
}

function adapt(session: SwitchSession): SteeredSwitch {
  return {
    softwareVersion: () => session.description.software,
    ports: () => session.portNumbers,
    downPorts: () => session.downPorts,
    groups: () => session.groups(),
    post: (messages) => {
      try {
        session.post(messages);
      } catch (error) {
        throw new SteeringError('unchanged', messageOf(error), { cause: error });
      }
    },
    takePackets: (take) => {
      session.on('packetIn', take);
      return () => session.off('packetIn', take);
    },
    received: async (portNo) => {
      const request = multipartRequest({ body: multipartRequestBody.make.portStats({ portNo }) });
      const parts = await session.multipart(request, 'portStats');
      const [found] = parts.flatMap(({ ports }) => ports);
      return found === undefined || found.rxPackets === UNCOUNTED ? null : found.rxPackets;
    },
    ownedFlows: () => session.flows(OWNED_FLOWS),
    prepare: async (messages) => {
      const prepared = await translated(session.prepare(messages));
      return prepared && { ...prepared, commit: () => translated(prepared.commit()) };
    },
    commit: (messages) => translated(session.commit(messages)),
  };
}

async function translated<T>(commit: Promise<T>): Promise<T> {
  try {
    return await commit;
  } catch (error) {
    if (!(error instanceof SwitchError)) throw error;
    throw new SteeringError(error.outcome ?? 'unknown', error.message, { cause: error });
  }
}
