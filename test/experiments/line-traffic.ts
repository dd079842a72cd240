// The load generator at both ends of a line of namespaces.
import { TrafficProcess } from '../../native/traffic-process.js';
import { emulatedHosts } from '../../sdn-app/cli/demo/emulated-hosts.js';
import type { Topology, TrafficSpec } from '../../sdn-app/contract/topology.js';
import { inNamespace, type LineLab } from './line-lab.js';

/** Bounds what a forgotten one can do. */
const LONGEST_MS = 600_000;

export class LineTraffic {
  readonly client: TrafficProcess;
  readonly server: TrafficProcess;

  private constructor(client: TrafficProcess, server: TrafficProcess) {
    this.client = client;
    this.server = server;
  }

  /** With `flatOut` the client sends as fast as it can and the server does not answer. */
  static async open(
    lab: LineLab,
    topology: Topology,
    load: TrafficSpec,
    flatOut = false,
  ): Promise<LineTraffic> {
    const { serverAddress, firstClient, prefillAddress, nextHop } = emulatedHosts(topology, load);
    const common = {
      runId: process.pid,
      serverAddress,
      flows: load.flows,
      ratePps: load.ratePps,
      packetBytes: load.packetBytes,
      durationMs: LONGEST_MS,
      flatOut,
    };
    const server = await TrafficProcess.open(inNamespace(lab.server.namespace), {
      role: 'server',
      interface: lab.server.interface,
      ...common,
    });
    try {
      const client = await TrafficProcess.open(inNamespace(lab.client.namespace), {
        role: 'client',
        interface: lab.client.interface,
        clientAddress: firstClient,
        clients: Math.min(load.clients, load.flows),
        nextHop,
        prefillAddress,
        ...common,
      });
      return new LineTraffic(client, server);
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.server.close();
  }
}
