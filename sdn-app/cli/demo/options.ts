/** Options of `npm run demo`, on top of the load that the topology names. */
import { Option, type Command } from 'commander';
import { FerryError } from '../../contract/errors.js';
import { nfDefinition } from '../../contract/nf.js';
import {
  entriesFault,
  type Topology,
  type TrafficSpec,
  type VnfSpec,
} from '../../contract/topology.js';
import { DEFAULT_TOPOLOGY } from '../paths.js';
import { wholeNumber } from '../values.js';

export interface DemoOptions {
  topology: string;
  runs: number;
  strategy: string;
  report?: string;
  rate?: number;
  size?: number;
  flows?: number;
  entries?: number;
}

export function addDemoOptions(program: Command): Command {
  const number = (flag: string, text: string, least: number, most: number): Option =>
    new Option(flag, text).argParser(wholeNumber(least, most));
  return program
    .option('--topology <file>', 'topology file with a traffic section', DEFAULT_TOPOLOGY)
    .addOption(number('--runs <k>', 'migrations, back and forth', 1, 1000).default(1))
    .option('--strategy <name>', 'how to move it; all: each in turn, and a comparison', 'statelet')
    .option('--report <file>', 'write the report (JSON) to this file')
    .addOption(number('--rate <pps>', 'packets per second, each way', 1, 1_000_000))
    .addOption(number('--size <bytes>', 'Ethernet frame without FCS', 96, 1514))
    .addOption(number('--flows <n>', 'UDP flows', 1, 60_000))
    .addOption(number('--entries <n>', 'mappings before the migration', 1, 4_194_304));
}

type LoadOptions = Pick<DemoOptions, 'rate' | 'size' | 'flows' | 'entries'>;

/** The load of a demo: the topology's own, changed by options. */
export function loadOf(topology: Topology, options: LoadOptions): TrafficSpec {
  const { traffic } = topology;
  if (traffic === undefined) {
    throw new FerryError('TOPOLOGY_INVALID', `${topology.name} describes no traffic`, 'traffic');
  }
  const flows = options.flows ?? traffic.flows;
  const vnf = topology.vnfs[traffic.vnf];
  if (vnf === undefined)
    throw new FerryError('VNF_UNKNOWN', `no VNF ${traffic.vnf}`, 'traffic.vnf');
  const perFlow = nfDefinition(vnf.kind).flowRoom !== undefined;
  if (!perFlow && options.entries !== undefined) {
    const message = `${vnf.kind} holds no state for each flow: there is nothing to make beforehand`;
    throw new FerryError('CONFIG_INVALID', message, '--entries');
  }
  const load: TrafficSpec = {
    ...traffic,
    ratePps: options.rate ?? traffic.ratePps,
    packetBytes: options.size ?? traffic.packetBytes,
    flows,
    // Every flow is an entry: asking for more flows than entries asks for that many entries.
    entries: perFlow ? (options.entries ?? Math.max(traffic.entries, flows)) : flows,
  };
  checkLoad(vnf, load);
  return load;
}

function checkLoad(vnf: VnfSpec, load: TrafficSpec): void {
  const fault = entriesFault(load.vnf, vnf, load);
  if (fault !== undefined) throw new FerryError('CONFIG_INVALID', fault, '--entries');
  if (load.flows > load.entries) {
    const message = `${load.entries} entries cannot hold ${load.flows} flows`;
    throw new FerryError('CONFIG_INVALID', message, '--entries');
  }
}
