/** Ties the network to the registry's sessions, and to what the topology declares of its switches. */
import { resolveLinks, resolveTrunks, type TrunkEnd } from '../contract/resolve.js';
import type { Topology } from '../contract/topology.js';
import type { Port } from '../openflow/index.js';
import { TABLES } from '../steering/index.js';
import { formatDpid, type SwitchRegistry, type SwitchSession } from '../switch/index.js';
import type { NetworkSession } from './comparison.js';
import { NETWORK_FLOWS } from './flows.js';
import type { Declared, Network } from './service.js';

/** Behind those of steering, which go on to it with what is none of theirs. */
const BEHIND_STEERING = { learn: TABLES.network.id, forward: TABLES.network.id + 1 };
const ALONE = { learn: 0, forward: 1 };

/** What a topology leaves to the network: switches that it does not name, ports that it does not use. */
export function declaredBy(topology: Topology): (dpid: bigint) => Declared {
  const names = new Map(
    Object.entries(topology.switches).map(([name, { dpid }]) => [BigInt(dpid), name]),
  );
  const ends: readonly TrunkEnd[] = [
    ...resolveTrunks(topology).flatMap((trunk) => trunk.ends),
    ...resolveLinks(topology).map((link) => ({
      switch: link.switch,
      interface: link.switchInterface,
      port: link.port,
    })),
  ];
  return (dpid) => {
    const name = names.get(dpid);
    if (name === undefined) {
      return { name: formatDpid(dpid), tables: ALONE, isSteered: () => false };
    }
    const own = ends.filter((end) => end.switch === name);
    const isSteered = (port: Port): boolean =>
      own.some((end) =>
        end.port === undefined ? end.interface === port.name : end.port === port.portNo,
      );
    return { name, tables: BEHIND_STEERING, isSteered };
  };
}

/** Returns the function that unties them. */
export function attachNetwork(registry: SwitchRegistry, network: Network): () => void {
  const adapted = new WeakMap<SwitchSession, NetworkSession>();
  const connected = (session: SwitchSession) => {
    const adapter = adapt(session);
    adapted.set(session, adapter);
    const node = network.connected(adapter);
    // Straight from the session: this is the busiest path of the controller.
    session.on('packetIn', (packet) => network.forwarding.packetIn(node, packet));
    session.on('portStatus', (status) => network.portStatus(adapter, status));
    session.on('flowRemoved', (removed) => network.flowRemoved(adapter, removed));
  };
  const disconnected = (session: SwitchSession) => {
    const adapter = adapted.get(session);
    if (adapter !== undefined) network.disconnected(adapter);
  };
  registry.on('connected', connected);
  registry.on('disconnected', disconnected);
  return () => {
    registry.off('connected', connected);
    registry.off('disconnected', disconnected);
  };
}

function adapt(session: SwitchSession): NetworkSession {
  return {
    dpid: session.dpid,
    get ports() {
      return session.ports;
    },
    post: (messages) => session.post(messages),
    barrier: () => session.barrier(),
    networkFlows: () => session.flows(NETWORK_FLOWS),
  };
}
