/** Alarms as ETSI NFV-SOL 002/003 know them: raised, acknowledged, cleared; kept across restarts. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.js';
import { alarmResource, type AlarmPatch, type AlarmResource } from '../../contract/alarm.js';
import { FerryError } from '../../contract/errors.js';
import type { EventLog } from '../../events.js';
import type { Store } from '../../store/journal.js';

const JOURNAL_PREFIX = 'alarm/';
/** Cleared ones that are remembered. */
const MAX_CLEARED = 500;

/** What is wrong, with what; the same again is the same alarm. */
export type Trouble = Pick<
  AlarmResource,
  | 'managedObjectId'
  | 'faultType'
  | 'perceivedSeverity'
  | 'eventType'
  | 'probableCause'
  | 'rootCauseFaultyResource'
  | 'faultDetails'
>;

export class AlarmLog {
  readonly #store: Store;
  readonly #events: EventLog;
  readonly #clock: Clock;
  /** By id, oldest first. */
  readonly #alarms = new Map<string, AlarmResource>();

  constructor(store: Store, events: EventLog, clock: Clock) {
    this.#store = store;
    this.#events = events;
    this.#clock = clock;
    const found = store
      .entries(JOURNAL_PREFIX)
      .flatMap(([, value]) => alarmResource.safeParse(value).data ?? []);
    found.sort((a, b) => a.alarmRaisedTime.localeCompare(b.alarmRaisedTime));
    for (const alarm of found) this.#alarms.set(alarm.id, alarm);
  }

  list(): AlarmResource[] {
    return [...this.#alarms.values()].map((alarm) => structuredClone(alarm));
  }

  /** Throws ALARM_UNKNOWN. */
  get(id: string): AlarmResource {
    return structuredClone(this.#find(id));
  }

  /** Throws ALARM_UNKNOWN. */
  acknowledge(id: string, { ackState }: AlarmPatch): AlarmResource {
    const alarm = this.#find(id);
    const acknowledged = ackState === 'ACKNOWLEDGED';
    const alarmAcknowledgedTime = acknowledged ? this.#clock.timestamp() : null;
    this.#change({ ...alarm, ackState, alarmAcknowledgedTime }, 'alarm.changed');
    return this.get(id);
  }

  /** A new alarm, or what is now known of the one that is not cleared. */
  raise(trouble: Trouble): void {
    const now = this.#clock.timestamp();
    const active = this.#active(trouble.managedObjectId, trouble.faultType);
    if (active !== undefined) {
      const faultDetails = [...new Set([...active.faultDetails, ...trouble.faultDetails])].slice(
        -8,
      );
      const { perceivedSeverity, probableCause } = trouble;
      const changed = { ...active, perceivedSeverity, probableCause, faultDetails };
      this.#change({ ...changed, alarmChangedTime: now }, 'alarm.changed');
      return;
    }
    const raised: AlarmResource = {
      id: `a-${randomBytes(4).toString('hex')}`,
      ...trouble,
      ...{ alarmRaisedTime: now, alarmChangedTime: null, alarmClearedTime: null },
      ...{ alarmAcknowledgedTime: null, ackState: 'UNACKNOWLEDGED', eventTime: now },
      isRootCause: trouble.rootCauseFaultyResource === null,
    };
    this.#change(raised, 'alarm.raised');
  }

  clear(managedObjectId: string, faultType: string): void {
    const active = this.#active(managedObjectId, faultType);
    if (active === undefined) return;
    const now = this.#clock.timestamp();
    const cleared = { ...active, perceivedSeverity: 'CLEARED' as const, alarmClearedTime: now };
    this.#change({ ...cleared, alarmChangedTime: now }, 'alarm.cleared');
  }

  #active(managedObjectId: string, faultType: string): AlarmResource | undefined {
    return [...this.#alarms.values()].find(
      (each) =>
        each.managedObjectId === managedObjectId &&
        each.faultType === faultType &&
        each.alarmClearedTime === null,
    );
  }

  #change(alarm: AlarmResource, type: string): void {
    this.#alarms.set(alarm.id, alarm);
    const { id, managedObjectId, faultType, perceivedSeverity, probableCause, ackState } = alarm;
    const data = { faultType, perceivedSeverity, probableCause, ackState };
    this.#events.publish(type, id, { managedObjectId, ...data });
    const cleared = [...this.#alarms.values()].filter((each) => each.alarmClearedTime !== null);
    const forgotten = cleared.slice(0, Math.max(0, cleared.length - MAX_CLEARED));
    for (const each of forgotten) this.#alarms.delete(each.id);
    const writes = forgotten.map((each) => [`${JOURNAL_PREFIX}${each.id}`, null] as const);
    // An alarm is news, not a decision: it counts also while the disk cannot take it.
    this.#store
      .write([[`${JOURNAL_PREFIX}${id}`, structuredClone(alarm)], ...writes])
      .catch(() => undefined);
  }

  #find(id: string): AlarmResource {
    const alarm = this.#alarms.get(id);
    if (alarm !== undefined) return alarm;
    throw new FerryError('ALARM_UNKNOWN', `there is no alarm ${id}`, 'id');
  }
}
