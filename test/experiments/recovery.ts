// Every recovery mechanism under every fault, and what each costs while nothing fails.
import { emulatedHosts } from '../../sdn-app/cli/demo/emulated-hosts.js';
import { LiveView } from '../../sdn-app/cli/demo/live-view.js';
import type { DemoLab } from '../../sdn-app/cli/demo/migration-run.js';
import {
  DEMO_FAULTS,
  FAULT_TEXT,
  stepsOf,
  type DemoFault,
} from '../../sdn-app/cli/demo/recovery/faults.js';
import { runRecovery, type RecoveryResult } from '../../sdn-app/cli/demo/recovery/run.js';
import { distributionPlot, total, zeros } from './distribution.js';
import type { Conclusion, Experiment, Finding, Group, Row, Values } from './experiment.js';
import { loadFor, withTopology } from './lab-site.js';
import { measureCost } from './recovery-cost.js';
import { recoveryVariants, UNPROTECTED, type Variant } from './recovery-variants.js';
import { choices, median, rowsWhere } from './rows.js';

/** In the place of a fault: the cost of protection is measured. */
const UNHARMED = 'none';
const MEASURE_MS = 5_000;
const QUICK = { measureMs: 500, load: { ratePps: 500, flows: 100, entries: 200 } } as const;

/** Longest silence in ms at the median. */
const AIMS: Readonly<Record<string, Partial<Record<DemoFault, number>>>> = {
  '1R-AS': { kill: 10, link: 10, host: 25 },
  '0R': { kill: 300 },
};
const MOST_COST = 0.05;
const MOST_COMMIT_US = 500;

async function groups(quick: boolean): Promise<Group[]> {
  const all = await recoveryVariants();
  const wanted = quick ? all.filter(({ name }) => name === '1R-AS') : all;
  return wanted.map((variant) => groupOf(variant, quick));
}

function groupOf({ name, topology }: Variant, quick: boolean): Group {
  const strikes = quick ? DEMO_FAULTS.slice(0, 1) : DEMO_FAULTS;
  const faults = [UNHARMED, ...(name === UNPROTECTED ? [] : strikes)];
  return {
    title: `mechanism ${name} in ${topology.name}`,
    points: faults.map((fault) => ({ mechanism: name, topology: topology.name, fault })),
    open: (body) =>
      withTopology(topology, async (api) => {
        const load = loadFor(topology, quick ? QUICK.load : {});
        const hosts = emulatedHosts(topology, load);
        const lab: DemoLab = { api, topology, load, hosts, view: new LiveView(process.stderr) };
        await body(async ({ fault }) => {
          const strike = DEMO_FAULTS.find((each) => each === fault);
          if (strike === undefined) return measureCost(lab, quick ? QUICK.measureMs : MEASURE_MS);
          const stepsAt = (host: string) => stepsOf(strike, topology, { vnf: load.vnf, host });
          return recoveryValues(await runRecovery(lab, FAULT_TEXT[strike], stepsAt));
        });
      }),
  };
}

export function recoveryValues(result: RecoveryResult): Values {
  const { resource, report, redundantMs, lostEntries } = result;
  const { recovery, latency, traffic } = report;
  return {
    recovered: resource.state === 'completed' ? 1 : 0,
    detectMs: recovery.detectMs,
    outageMs: latency.longestGapMs,
    lost: traffic.lost,
    duplicated: traffic.duplicated,
    translationsChanged: recovery.translationsChanged,
    lostEntries,
    replayedStatelets: recovery.replayedStatelets,
    frozenMs: recovery.frozenMs,
    imageBytes: recovery.imageBytes,
    redundantMs,
  };
}

function conclude(rows: readonly Row[]): Conclusion {
  const mechanisms = choices(rows, 'mechanism').filter((name) => name !== UNPROTECTED);
  const faults = choices(rows, 'fault').filter((name) => name !== UNHARMED);
  return {
    plots: Object.fromEntries(
      faults.map((fault) => [
        `recovery-${fault}`,
        distributionPlot(rowsWhere(rows, { fault }), {
          title: `Outage, ${FAULT_TEXT[fault as DemoFault]}`,
          value: 'outageMs',
          label: 'longest silence of the traffic, ms',
          series: 'mechanism',
        }),
      ]),
    ),
    findings: mechanisms.flatMap((name) => [
      ...faults.map((fault) => outageOf(rows, String(name), fault as DemoFault)),
      ...lossesOf(rowsWhere(rows, { mechanism: name }), String(name)),
      ...costOf(rows, String(name)),
    ]),
    notes: [
      'Each mechanism in the lab of the first topology file that has it, with the load of that file both ways; the labs take turns. outageMs: the longest silence in one direction while its sender was sending, so stalls of the machine are in it. lostEntries: entries before the fault less those after it. redundantMs: until the next fault could be met.',
      'kill: the serving process, SIGKILL; stop: SIGSTOP; link: one data link at the switch; host: one nftables transaction drops all that the host sends and its kernel hears, the links stay up.',
      'What protection costs is measured against the same VNF under the same load without any, in the same topology. Without faults, a packet is one that a switch gave to a host. servingCpuUs, allCpuUs: processor time a packet, of all threads of the instances that serve, and of the others too. sentBytes: what hosts sent over the management network, heartbeats and copies of checkpoints too, a packet. flatOutPps: what came through when the client sent as fast as it could; the switch is part of that.',
    ],
  };
}

function outageOf(rows: readonly Row[], mechanism: string, fault: DemoFault): Finding {
  const there = rowsWhere(rows, { mechanism, fault });
  const most = AIMS[mechanism]?.[fault];
  return {
    text: `${mechanism}, ${FAULT_TEXT[fault]}: median outage of ${there.length}, ms`,
    value: median(there, 'outageMs'),
    ...(most === undefined ? {} : { aim: { atMost: most } }),
  };
}

function lossesOf(rows: readonly Row[], mechanism: string): Finding[] {
  return [
    {
      text: `${mechanism}: translations changed in all runs`,
      value: total(rows, 'translationsChanged'),
      aim: { atMost: 0 },
    },
    {
      text: `${mechanism}: failures it did not recover from`,
      value: zeros(rows, 'recovered'),
      aim: { atMost: 0 },
    },
  ];
}

function costOf(rows: readonly Row[], mechanism: string): Finding[] {
  const [topology] = choices(rowsWhere(rows, { mechanism, fault: UNHARMED }), 'topology');
  const at = (name: string, value: string): number | null =>
    topology === undefined
      ? null
      : median(rowsWhere(rows, { mechanism: name, topology, fault: UNHARMED }), value);
  const without = { cpu: at(UNPROTECTED, 'servingCpuUs'), p50: at(UNPROTECTED, 'p50Us') };
  const own = { cpu: at(mechanism, 'servingCpuUs'), p50: at(mechanism, 'p50Us') };
  const commits = mechanism.endsWith('commit');
  return [
    {
      text: `${mechanism}: part of a serving processor's throughput that it costs`,
      value: without.cpu === null || own.cpu === null ? null : 1 - without.cpu / own.cpu,
      ...(commits ? {} : { aim: { atMost: MOST_COST } }),
    },
    {
      text: `${mechanism}: added latency at the median, microseconds`,
      value: without.p50 === null || own.p50 === null ? null : own.p50 - without.p50,
      ...(commits ? { aim: { atMost: MOST_COMMIT_US } } : {}),
    },
  ];
}

export const recovery: Experiment = {
  name: 'recovery',
  summary: 'Every recovery mechanism under every fault, and what each costs while nothing fails.',
  measurements: 'recovery',
  runs: 20,
  slice: 5,
  groups,
  conclude,
};
