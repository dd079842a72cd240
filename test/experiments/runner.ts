// Measures what is missing, group by group, every point once before any point again.
import { toFerryError } from '../../sdn-app/contract/errors.js';
import type { Group, Params } from './experiment.js';
import type { MeasurementRecord } from './record.js';

/** A machine that stalls may spoil a measurement, or a lab: each point gets as many chances. */
const ATTEMPTS = 2;

interface Task {
  params: Params;
  run: number;
}

export interface RunnerOutcome {
  /** Points that could not be measured, and why. */
  failed: string[];
}

export async function runMissing(
  groups: readonly Group[],
  runs: number,
  record: MeasurementRecord,
  tell: (line: string) => void,
  slice = runs,
): Promise<RunnerOutcome> {
  const total = groups.reduce((sum, group) => sum + group.points.length * runs, 0);
  const pace = new Pace(
    total,
    groups.flatMap((group) => missingOf(group, [1, runs], record)).length,
  );
  if (pace.left < total) tell(`${total - pace.left} of ${total} measurements are there already`);
  const failed: string[] = [];
  for (let first = 1; first <= runs; first += slice) {
    const range: RunRange = [first, Math.min(first + slice - 1, runs)];
    for (const group of groups) failed.push(...(await runGroup(group, range, record, pace, tell)));
  }
  return { failed };
}

/** First and last run. */
type RunRange = readonly [first: number, last: number];

function missingOf(group: Group, [first, last]: RunRange, record: MeasurementRecord): Task[] {
  const tasks: Task[] = [];
  for (let run = first; run <= last; run += 1) {
    for (const params of group.points) if (!record.has(params, run)) tasks.push({ params, run });
  }
  return tasks;
}

/** A failure ends the group's session: what is left is measured in a new one. */
async function runGroup(
  group: Group,
  range: RunRange,
  record: MeasurementRecord,
  pace: Pace,
  tell: (line: string) => void,
): Promise<string[]> {
  const attempts = new Map<Task, number>();
  const tasks = missingOf(group, range, record);
  const open = (): Task[] =>
    tasks.filter(
      (task) => !record.has(task.params, task.run) && (attempts.get(task) ?? 0) < ATTEMPTS,
    );
  const reasons = new Map<Task, string>();
  for (let left = open(); left.length > 0; left = open()) {
    let current: Task | undefined;
    try {
      tell(`${group.title}: ${left.length} measurements`);
      await group.open(async (measure) => {
        for (const task of left) {
          current = task;
          tell(pace.line(`${paramsText(task.params)}, run ${task.run}`));
          record.add({ ...task, values: await measure(task.params) });
          pace.done();
        }
      });
    } catch (error) {
      const fault = toFerryError(error);
      if (fault.code === 'INTERRUPTED' || current === undefined) throw error;
      if (record.has(current.params, current.run)) throw error; // Its session did not end well.
      const reason = `${fault.code}: ${fault.message}`;
      attempts.set(current, (attempts.get(current) ?? 0) + 1);
      reasons.set(current, reason);
      record.add({ ...current, failed: reason });
      tell(`  ${reason}`);
    }
  }
  return tasks
    .filter((task) => !record.has(task.params, task.run))
    .map((task) => `${paramsText(task.params)}, run ${task.run}: ${reasons.get(task) ?? ''}`);
}

export function paramsText(params: Params): string {
  return Object.entries(params)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** How far it is, and how long the rest will take. */
class Pace {
  readonly #total: number;
  readonly #startedAt = performance.now();
  #measured = 0;
  left: number;

  constructor(total: number, left: number) {
    this.#total = total;
    this.left = left;
  }

  done(): void {
    this.#measured += 1;
    this.left -= 1;
  }

  line(text: string): string {
    const each = (performance.now() - this.#startedAt) / this.#measured;
    const minutes = Math.ceil((each * this.left) / 60_000);
    const rest = this.#measured === 0 ? '' : `, ${minutes} min left`;
    return `[${this.#total - this.left + 1}/${this.#total}${rest}] ${text}`;
  }
}
