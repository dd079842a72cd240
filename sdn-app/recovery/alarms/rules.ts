/** Which events are alarms, and which end them. */
import type { FerryEvent } from '../../contract/rest.js';
import type { EventLog } from '../../events.js';
import type { AlarmLog, Trouble } from './log.js';

interface Rule {
  /** Of the event that it is raised by; undefined when the event is no trouble after all. */
  raise?: (event: FerryEvent) => Omit<Trouble, 'managedObjectId'> | undefined;
  /** Fault types of the subject that the event ends. */
  clear?: (event: FerryEvent) => readonly string[];
}

const VNF_FAULTS = ['VNF_FAILED', 'VNF_UNPROTECTED'];

const RULES: Readonly<Record<string, Rule>> = {
  'vnf.recovering': {
    raise: (event) => vnfFailed(event, 'MAJOR'),
  },
  'vnf.down': {
    raise: (event) => vnfFailed(event, 'CRITICAL'),
  },
  'vnf.serving': { clear: () => VNF_FAULTS },
  'vnf.unprotected': {
    raise: (event) => ({
      ...{ faultType: 'VNF_UNPROTECTED', perceivedSeverity: 'CRITICAL' },
      ...{ eventType: 'PROCESSING_ERROR_ALARM', probableCause: text(event, 'cause') },
      ...{ rootCauseFaultyResource: null, faultDetails: [text(event, 'reason')] },
    }),
  },
  'vnf.redundancy': {
    raise: (event) =>
      ['ready', 'setAside'].includes(text(event, 'state'))
        ? undefined
        : {
            ...{ faultType: 'REDUNDANCY_LOST', perceivedSeverity: 'MINOR' },
            ...{ eventType: 'PROCESSING_ERROR_ALARM', probableCause: text(event, 'reason') },
            ...{ rootCauseFaultyResource: null, faultDetails: [] },
          },
    clear: (event) => (text(event, 'state') === 'ready' ? ['REDUNDANCY_LOST'] : []),
  },
  'host.disconnected': {
    raise: (event) => ({
      ...{ faultType: 'HOST_UNREACHABLE', perceivedSeverity: 'MAJOR' },
      ...{ eventType: 'COMMUNICATIONS_ALARM', probableCause: text(event, 'reason') },
      rootCauseFaultyResource: { faultyResource: event.subject, faultyResourceType: 'COMPUTE' },
      faultDetails: [],
    }),
  },
  'host.connected': { clear: () => ['HOST_UNREACHABLE'] },
  'switch.disconnected': {
    raise: (event) => ({
      ...{ faultType: 'SWITCH_UNREACHABLE', perceivedSeverity: 'MAJOR' },
      ...{ eventType: 'COMMUNICATIONS_ALARM', probableCause: text(event, 'reason') },
      rootCauseFaultyResource: { faultyResource: event.subject, faultyResourceType: 'NETWORK' },
      faultDetails: [],
    }),
  },
  'switch.connected': { clear: () => ['SWITCH_UNREACHABLE'] },
  'checkpoint.failed': { raise: (event) => checkpointTrouble(event, 'CHECKPOINT_FAILED') },
  'checkpoint.taken': { clear: () => ['CHECKPOINT_FAILED'] },
  'checkpoint.notCopied': { raise: (event) => checkpointTrouble(event, 'CHECKPOINT_NOT_COPIED') },
  'checkpoint.copied': { clear: () => ['CHECKPOINT_NOT_COPIED'] },
};

/** Returns the function that ends it. */
export function raiseAlarms(alarms: AlarmLog, events: EventLog): () => void {
  return events.subscribe((event) => {
    const rule = RULES[event.type];
    if (rule === undefined) return;
    const about = event.subject;
    for (const faultType of rule.clear?.(event) ?? []) alarms.clear(about, faultType);
    const trouble = rule.raise?.(event);
    if (trouble !== undefined) alarms.raise({ managedObjectId: about, ...trouble });
  });
}

function vnfFailed(
  event: FerryEvent,
  perceivedSeverity: 'MAJOR' | 'CRITICAL',
): Omit<Trouble, 'managedObjectId'> {
  const host = text(event, 'host');
  return {
    ...{ faultType: 'VNF_FAILED', perceivedSeverity, eventType: 'PROCESSING_ERROR_ALARM' },
    probableCause: text(event, 'reason'),
    rootCauseFaultyResource: { faultyResource: host, faultyResourceType: 'COMPUTE' },
    faultDetails: [`it served on ${host}`],
  };
}

function checkpointTrouble(event: FerryEvent, faultType: string): Omit<Trouble, 'managedObjectId'> {
  return {
    ...{ faultType, perceivedSeverity: 'WARNING', eventType: 'PROCESSING_ERROR_ALARM' },
    probableCause: text(event, 'reason'),
    rootCauseFaultyResource: { faultyResource: event.subject, faultyResourceType: 'STORAGE' },
    faultDetails: [],
  };
}

function text({ data }: FerryEvent, key: string): string {
  const value = data[key];
  return typeof value === 'string' ? value : '';
}
