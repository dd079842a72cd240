// The live statelet factor of every network function, by packet size and traffic mix.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { packagePath } from '../../sdn-app/cli/paths.js';
import { FerryError } from '../../sdn-app/contract/errors.js';
import { loadTopology } from '../../sdn-app/contract/load.js';
import { parseInterface } from '../../sdn-app/contract/names.js';
import {
  trafficPorts,
  type Topology,
  type TrafficSpec,
  type VnfSpec,
} from '../../sdn-app/contract/topology.js';
import type { Conclusion, Experiment, Finding, Group, Params, Row, Values } from './experiment.js';
import { buildBench, FunctionProcess } from './function-process.js';
import { inNamespace, LineLab, type LineFunction } from './line-lab.js';
import { LineTraffic } from './line-traffic.js';
import type { PlotSeries } from './plot.js';
import { choices, median, rowsWhere, summarise } from './rows.js';

/** Kind, and where a configuration and addresses for it are. */
const TOPOLOGIES = {
  nat44: 'topologies/nat-migration.yaml',
  esp: 'topologies/vpn-migration.yaml',
  ids: 'topologies/ids-migration.yaml',
  pg: 'topologies/pg-migration.yaml',
} as const;
type Kind = keyof typeof TOPOLOGIES;

const AIMS: Record<Kind, number> = { nat44: 0.02, esp: 0.02, ids: 0.02, pg: 0.05 };
const SIZES = [128, 512, 1400] as const;
/** UDP flows that share RATE_PPS: ten packets of each in a window of 50 ms, one, or less. */
const FLOWS = [100, 1_000, 10_000] as const;
const RATE_PPS = 20_000;
const CLIENTS = 1_000;
/** Of the kernel, beside the UDP mixes. */
const TCP = 'one TCP transfer';
const TCP_BYTES = 1_500;
const SETTLE_MS = 300;
const MEASURE_MS = 2_000;
const QUICK_MEASURE_MS = 300;
const QUICK_RATE_PPS = 2_000;

async function measure(kind: Kind, params: Params, quick: boolean): Promise<Values> {
  const topology = await loadTopology(packagePath(TOPOLOGIES[kind]));
  const { traffic } = topology;
  if (traffic === undefined) throw new FerryError('TOPOLOGY_INVALID', `${kind}: no traffic`);
  const vnf = vnfOf(topology, traffic.vnf);
  const peer = traffic.peer === undefined ? undefined : vnfOf(topology, traffic.peer);
  const lab = new LineLab(peer === undefined ? 1 : 2);
  const opened: { close(): Promise<void> }[] = [];
  try {
    lab.create();
    const [place, peerPlace] = lab.functions as [LineFunction, LineFunction | undefined];
    const measured = await FunctionProcess.open(vnf, place);
    opened.push(measured);
    if (peer !== undefined && peerPlace !== undefined) {
      opened.push(await FunctionProcess.open(peer, peerPlace));
    }
    const load =
      params['mix'] === TCP
        ? await startTcp(lab, topology, traffic)
        : await LineTraffic.open(lab, topology, { ...traffic, ...udpLoad(params, quick) });
    if (load instanceof LineTraffic) load.client.start();
    opened.push(load);
    await sleep(SETTLE_MS);
    await measured.stream(place);
    const before = await measured.stats();
    await sleep(quick ? QUICK_MEASURE_MS : MEASURE_MS);
    const after = await measured.stats();
    const dataBytes = after.dataplaneBytes - before.dataplaneBytes;
    if (dataBytes === 0) throw new FerryError('LAB_FAILED', `${kind} passed no packet`);
    const seconds = (after.monotonicMs - before.monotonicMs) / 1000;
    return {
      factor: (after.stateletBytes - before.stateletBytes) / dataBytes,
      dataMbps: (dataBytes * 8) / seconds / 1e6,
      entries: after.entries,
    };
  } finally {
    for (const each of opened.reverse()) await each.close();
    lab.remove();
  }
}

function vnfOf(topology: Topology, name: string): VnfSpec {
  const vnf = topology.vnfs[name];
  if (vnf === undefined) throw new FerryError('VNF_UNKNOWN', `no VNF ${name}`, 'traffic.vnf');
  // Alerts are of no interest here, and the file is somebody else's.
  return vnf.kind === 'ids' ? { ...vnf, config: { ...vnf.config, alerts: undefined } } : vnf;
}

function udpLoad({ flows, bytes }: Params, quick: boolean): Partial<TrafficSpec> {
  const count = Number(flows);
  return {
    flows: count,
    packetBytes: Number(bytes),
    ratePps: quick ? QUICK_RATE_PPS : RATE_PPS,
    clients: Math.min(CLIENTS, count),
    entries: count,
  };
}

/** iperf3 from the client's kernel to the server's, for longer than anybody looks at it. */
async function startTcp(
  lab: LineLab,
  topology: Topology,
  traffic: TrafficSpec,
): Promise<{ close(): Promise<void> }> {
  const ports = trafficPorts(topology, traffic);
  if (ports === undefined) throw new FerryError('VNF_UNKNOWN', 'no VNF with two ports');
  const addressOf = (host: string, network: string): string =>
    topology.links.find((link) => link.host === host && link.network === network)?.address ?? '';
  const clientAddress = addressOf(traffic.client, ports.client.network);
  const serverAddress = addressOf(traffic.server, ports.server.network);
  lab.address(lab.client, clientAddress, parseInterface(ports.client.address).address);
  lab.address(lab.server, serverAddress, parseInterface(ports.server.address).address);
  const iperf = (namespace: string, ...words: string[]) => {
    const [file = '', ...rest] = [...inNamespace(namespace), 'iperf3', ...words];
    return spawn(file, rest, { stdio: 'ignore' });
  };
  const server = iperf(lab.server.namespace, '-s', '-1');
  await sleep(500);
  const to = parseInterface(serverAddress).address;
  const rate = ['--fq-rate', String(RATE_PPS * TCP_BYTES)];
  const client = iperf(lab.client.namespace, '-c', to, '-t', '600', ...rate);
  return {
    async close() {
      for (const child of [client, server]) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
    },
  };
}

function groups(quick: boolean): Promise<Group[]> {
  const kinds = Object.keys(TOPOLOGIES) as Kind[];
  const udp = quick
    ? [{ mix: 'UDP', flows: 100, bytes: 512 }]
    : SIZES.flatMap((bytes) => FLOWS.map((flows) => ({ mix: 'UDP', flows, bytes })));
  const mixes = quick ? udp : [...udp, { mix: TCP, flows: 1, bytes: TCP_BYTES }];
  const all = kinds.map((kind): Group => ({
    title: `sigma of ${kind}`,
    points: mixes.map((mix) => ({ kind, ...mix })),
    open(body) {
      buildBench('statelet_sink');
      return body((params) => measure(kind, params, quick));
    },
  }));
  return Promise.resolve(all);
}

function conclude(rows: readonly Row[]): Conclusion {
  const kinds = choices(rows, 'kind').map((kind) => kind as Kind);
  const series = kinds.flatMap((kind): PlotSeries[] =>
    choices(rowsWhere(rows, { kind, mix: 'UDP' }), 'flows').map((flows) => ({
      name: `${kind}, ${flows} flows`,
      points: summarise(rowsWhere(rows, { kind, mix: 'UDP', flows })).flatMap((point) => {
        const found = point.values['factor'];
        const x = Number(point.params['bytes']);
        return found === undefined ? [] : [{ x, y: found.median, low: found.min, high: found.max }];
      }),
    })),
  );
  return {
    plots: {
      sigma: {
        title: 'Live statelet factor',
        x: { label: 'packet size, bytes' },
        y: { label: 'statelet bytes / packet bytes', scale: 'log' },
        series,
      },
    },
    findings: kinds.map((kind) => worstOf(kind, rows)),
    notes: [
      `Each function in a process of its own between veths, ${RATE_PPS} packets/s each way of UDP flows in turn, statelets collected every 50 ms and sent to a sink. With 100 flows a window holds ten packets of each direction of a flow, with 1,000 one, with 10,000 every packet is alone in its window.`,
      'The factor is taken from the live counters over two seconds after the snapshot: bytes of statelets over bytes of packets, headers of frames left out on both sides.',
      'esp: the concentrator at the client’s side, with another one before the server. ids: no packet raises an alert.',
      `${TCP}: iperf3 through the kernels of both ends at about ${(RATE_PPS * TCP_BYTES * 8) / 8e6} Mbit/s.`,
    ],
  };
}

function worstOf(kind: Kind, rows: readonly Row[]): Finding {
  const at512 = summarise(rowsWhere(rows, { kind, bytes: 512 }));
  const factors = at512.map(({ params }) => median(rowsWhere(rows, params), 'factor'));
  const measured = factors.filter((factor) => factor !== null);
  return {
    text: `Statelet factor of ${kind}, the worst mix of 512 bytes`,
    value: measured.length === 0 ? null : Math.max(...measured),
    aim: { atMost: AIMS[kind] },
  };
}

export const sigma: Experiment = {
  name: 'sigma',
  summary: 'The live statelet factor of every network function by packet size and traffic mix.',
  measurements: 'sigma',
  runs: 3,
  groups,
  conclude,
};
