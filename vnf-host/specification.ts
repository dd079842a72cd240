/** What startInstance is given, checked beyond its shape: the configuration and ports of its kind. */
import type { core } from 'zod';
import type { InstanceSpec } from '../sdn-app/contract/instance.js';
import { nfDefinition, portNames } from '../sdn-app/contract/nf.js';
import { ProblemError } from './instance/problem.js';

/** The specification with every default filled in; throws REQUEST_INVALID with the field. */
export function checkSpecification(spec: InstanceSpec): InstanceSpec {
  const { config } = nfDefinition(spec.kind);
  const parsed = config.safeParse(spec.config);
  if (!parsed.success) throw configFault(parsed.error.issues[0]);
  const names = spec.ports.map((port) => port.name);
  const ports = portNames(spec.kind, parsed.data, names);
  if (names.join() !== ports.join()) {
    const text = `${spec.kind} has the ports ${ports.join(', ')}, in this order`;
    throw new ProblemError('REQUEST_INVALID', text, 'spec.ports');
  }
  if (new Set(spec.ports.map((port) => port.interface)).size < ports.length) {
    throw new ProblemError('REQUEST_INVALID', 'each port needs an interface', 'spec.ports');
  }
  // Through JSON, as it will be read from the manifest: equal specifications compare equal.
  return { ...spec, config: JSON.parse(JSON.stringify(parsed.data)) as InstanceSpec['config'] };
}

function configFault(issue: core.$ZodIssue | undefined): ProblemError {
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  const path = ['spec.config', ...(issue?.path ?? []), ...unknown.slice(0, 1)].join('.');
  return new ProblemError('REQUEST_INVALID', issue?.message ?? 'not a configuration', path);
}
