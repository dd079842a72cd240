/** The chaos script of a topology names only what there is. */
import type { ChaosStep } from './chaos.js';
import { FerryError } from './errors.js';
import type { Topology } from './topology.js';

export const AGENT_PREFIX = 'agent-';
export const CONTROLLER = 'controller';

/** @throws FerryError TOPOLOGY_UNKNOWN_REFERENCE with the field. */
export function checkChaos(topology: Topology): void {
  topology.chaos.forEach((step, index) => {
    for (const [field, text] of referencesOf(step)) {
      if (isDeclared(topology, field, text, step)) continue;
      const message = `${text} is no ${field} of the topology that ${step.fault} can meet`;
      throw new FerryError('TOPOLOGY_UNKNOWN_REFERENCE', message, `chaos.${index}.${field}`);
    }
  });
}

type Reference = ['process' | 'host' | 'network', string];

function referencesOf(step: ChaosStep): Reference[] {
  if ('process' in step) return [['process', step.process]];
  if (step.fault === 'cutLink')
    return [
      ['host', step.host],
      ['network', step.network],
    ];
  return step.fault === 'dropHost' ? [['host', step.host]] : [];
}

function isDeclared(
  topology: Topology,
  field: Reference[0],
  name: string,
  step: ChaosStep,
): boolean {
  switch (field) {
    case 'host':
      return Object.hasOwn(topology.hosts, name);
    case 'network':
      return topology.links.some(
        (link) => step.fault === 'cutLink' && link.host === step.host && link.network === name,
      );
    case 'process':
      if (name === CONTROLLER || Object.hasOwn(topology.vnfs, name)) return true;
      return (
        name.startsWith(AGENT_PREFIX) &&
        topology.hosts[name.slice(AGENT_PREFIX.length)]?.agent === true
      );
  }
}
