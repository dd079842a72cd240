/** From an instance's specification to the configuration of its native factory. */
import type { InstanceSpec } from '../sdn-app/contract/instance.js';
import { nfDefinition, portNames } from '../sdn-app/contract/nf.js';
import type { PortAddress } from '../sdn-app/contract/nfs/definition.js';
import { ProblemError } from './instance/problem.js';

/**
 * Of a specification that checkSpecification() has let through. Made by the agent, not by the
 * instance: the schemas would be half of the time that an instance takes to start. Throws
 * INSTANCE_FAILED, with the field, when a port that the NF needs is missing.
 */
export function nativeConfig(spec: InstanceSpec): object {
  const definition = nfDefinition(spec.kind);
  const ports: Record<string, PortAddress> = {};
  for (const name of portNames(spec.kind, spec.config, [])) {
    const port = spec.ports.find((each) => each.name === name);
    if (port === undefined) {
      const text = `${spec.kind} needs a port named ${name}`;
      throw new ProblemError('INSTANCE_FAILED', text, 'ports');
    }
    ports[name] = { mac: port.mac, address: port.address };
  }
  return definition.native(spec.config, ports);
}
