// What protection costs while nothing fails: delay, processor time, and what goes to the replica.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DemoLab } from '../../sdn-app/cli/demo/migration-run.js';
import { fillTable } from '../../sdn-app/cli/demo/prefill.js';
import { TrafficPair } from '../../sdn-app/cli/demo/traffic-pair.js';
import { LAB_DIR } from '../../sdn-app/cli/paths.js';
import { resolveLinks } from '../../sdn-app/contract/resolve.js';
import type { Topology } from '../../sdn-app/contract/topology.js';
import { manifestSchema } from '../../vnf-host/manifest.js';
import type { Values } from './experiment.js';

const SETTLE_MS = 1_000;

/** Steady load for `measureMs`, then as much of it as goes through for as long again. */
export async function measureCost(lab: DemoLab, measureMs: number): Promise<Values> {
  return { ...(await steady(lab, measureMs)), ...(await flatOut(lab, measureMs)) };
}

async function steady(lab: DemoLab, measureMs: number): Promise<Values> {
  const pair = await TrafficPair.open(lab.load, lab.hosts, () => undefined);
  try {
    await fillTable(lab, pair);
    pair.start();
    await sleep(SETTLE_MS);
    const before = sample(lab.topology);
    await sleep(measureMs);
    const after = sample(lab.topology);
    const { latency, lost } = await pair.finish();
    const packets = after.packets - before.packets;
    return {
      p50Us: latency.p50Us,
      p99Us: latency.p99Us,
      lostUnharmed: lost,
      servingCpuUs: (after.servingCpuNs - before.servingCpuNs) / 1e3 / packets,
      allCpuUs: (after.allCpuNs - before.allCpuNs) / 1e3 / packets,
      sentBytes: (after.sentBytes - before.sentBytes) / packets,
    };
  } finally {
    await pair.close();
  }
}

async function flatOut(lab: DemoLab, measureMs: number): Promise<Values> {
  const pair = await TrafficPair.open(lab.load, lab.hosts, () => undefined, true);
  try {
    pair.start();
    await sleep(measureMs);
    const { delivered, durationMs } = await pair.finish();
    return { flatOutPps: (delivered * 1000) / durationMs };
  } finally {
    await pair.close();
  }
}

interface Sample {
  /** That the switches have given to hosts with agents. */
  packets: number;
  /** That those hosts have sent by their management links. */
  sentBytes: number;
  servingCpuNs: number;
  /** Of instances that do not serve as well. */
  allCpuNs: number;
}

function sample(topology: Topology): Sample {
  const hosts = Object.keys(topology.hosts).filter((name) => topology.hosts[name]?.agent === true);
  const links = resolveLinks(topology).filter(({ host }) => hosts.includes(host));
  const instances = hosts.flatMap(instancesOf);
  return {
    packets: sum(links.map((link) => counter(link.switchInterface, 'tx_packets'))),
    sentBytes: sum(hosts.map((host) => counter(`fm-${host}`, 'rx_bytes'))),
    servingCpuNs: sum(instances.filter(({ serves }) => serves).map(({ pid }) => cpuNs(pid))),
    allCpuNs: sum(instances.map(({ pid }) => cpuNs(pid))),
  };
}

function instancesOf(host: string): { pid: number; serves: boolean }[] {
  const directory = join(LAB_DIR, 'hosts', host);
  const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  return names.flatMap((name) => {
    const text = readFileSync(join(directory, name), 'utf8');
    const { process, role } = manifestSchema.parse(JSON.parse(text));
    return process === null ? [] : [{ pid: process.pid, serves: role === 'serving' }];
  });
}

/** Of all its threads that there are. */
function cpuNs(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return sum(
    tasks.map((task) => {
      const text = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8');
      return Number(text.split(' ', 1)[0]);
    }),
  );
}

function counter(device: string, name: string): number {
  return Number(readFileSync(`/sys/class/net/${device}/statistics/${name}`, 'utf8'));
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
