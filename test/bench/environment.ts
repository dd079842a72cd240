// Where the numbers come from: they mean little without it.
import { readFileSync } from 'node:fs';
import os from 'node:os';

export interface Environment {
  kernel: string;
  cpus: number;
  cpuModel: string;
  /** Share of processor time that other machines took while the benchmark ran. */
  stealPercent: number;
  /** Processes that ran or waited to run in the minute before the benchmark. */
  loadBefore: number;
}

interface CpuTimes {
  total: number;
  steal: number;
}

function cpuTimes(): CpuTimes {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return { total: ticks.reduce((sum, value) => sum + value, 0), steal: ticks[7] ?? 0 };
}

/** Call it before; the function that it returns gives the environment afterwards. */
export function watchEnvironment(): () => Environment {
  const before = cpuTimes();
  const [loadBefore = 0] = os.loadavg();
  return () => {
    const after = cpuTimes();
    const total = after.total - before.total;
    return {
      kernel: os.release(),
      cpus: os.cpus().length,
      cpuModel: os.cpus()[0]?.model.trim() ?? 'unknown',
      stealPercent: total === 0 ? 0 : (100 * (after.steal - before.steal)) / total,
      loadBefore,
    };
  };
}
