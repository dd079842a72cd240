/** Configuration of the controller: validated, unknown keys refused, frozen. */
import { z } from 'zod';
import { FerryError } from './contract/errors.js';
import { loadTopology } from './contract/load.js';
import { checkTopology } from './contract/check.js';
import { NO_TOPOLOGY, topologySchema, type Topology } from './contract/topology.js';
import { tlsFiles } from './switch/index.js';

const listenAddress = z
  .strictObject({
    /** IPv4, IPv6 or a host name of this machine. */
    address: z.string().min(1).max(255),
    /** 0 for any free port. */
    port: z.int().min(0).max(65535),
  })
  .readonly();

const openflowListener = z
  .strictObject({
    ...listenAddress.unwrap().shape,
    /** Switches must speak TLS; without it plain TCP. */
    tls: tlsFiles.optional(),
  })
  .readonly();

const controllerConfig = z
  .strictObject({
    /** Path of the topology file, or the topology itself; none for a network without VNFs. */
    topology: z.union([z.string().min(1).max(4096), topologySchema]).optional(),
    openflow: openflowListener,
    /** Whether links and hosts are found, and traffic between them forwarded. */
    network: z.boolean().default(true),
    http: z.array(listenAddress).min(1).max(16).readonly(),
    /** Journal and lock; made if it does not exist. Needed with a topology. */
    stateDir: z.string().min(1).max(4096).optional(),
  })
  .readonly();

export type ControllerConfigInput = z.input<typeof controllerConfig>;
export type ControllerConfig = Omit<z.output<typeof controllerConfig>, 'topology'> & {
  readonly topology: Topology;
};

/** Throws CONFIG_INVALID with the field, or what reading the topology throws. */
export async function readConfig(input: ControllerConfigInput): Promise<ControllerConfig> {
  const parsed = controllerConfig.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
    const field = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])].join('.');
    throw new FerryError('CONFIG_INVALID', issue?.message ?? 'not a configuration', field);
  }
  const { topology, ...rest } = parsed.data;
  if (topology === undefined) return Object.freeze({ ...rest, topology: NO_TOPOLOGY });
  if (rest.stateDir === undefined) {
    throw new FerryError('CONFIG_INVALID', 'a topology needs a state directory', 'stateDir');
  }
  if (typeof topology === 'string')
    return Object.freeze({ ...rest, topology: await loadTopology(topology) });
  checkTopology(topology);
  return Object.freeze({ ...rest, topology });
}
