/** `ferry vnf`: the network functions and where they serve. */
import type { Command } from 'commander';
import type { VnfResource } from '../../contract/rest.js';
import { addExample, apiOf, sharedOptions } from '../command-line.js';
import { count } from '../format.js';
import { renderTable, say, sayJson } from '../output.js';

export function addVnfCommands(program: Command): void {
  const vnf = program.command('vnf').description('virtual network functions');
  const list = vnf
    .command('list')
    .description('list every VNF')
    .action(async (_options: object, command: Command) => {
      const vnfs = await apiOf(command).vnfs();
      if (sharedOptions(command).json) sayJson(vnfs);
      else say(renderTable(['VNF', 'kind', 'host', 'state', 'entries'], vnfs.map(row)));
    });
  addExample(list, 'ferry vnf list');

  const show = vnf
    .command('show')
    .description('show one VNF with its counters')
    .argument('<vnf>', 'name of the VNF')
    .action(async (name: string, _options: object, command: Command) => {
      const found = await apiOf(command).vnf(name);
      if (sharedOptions(command).json) sayJson(found);
      else tell(found);
    });
  addExample(show, 'ferry vnf show nat1 --json');
}

function row(vnf: VnfResource): string[] {
  return [vnf.name, vnf.kind, vnf.host, vnf.state, count(vnf.stats?.entries ?? null)];
}

function redundancyText({ redundancy }: VnfResource): string {
  if (redundancy === null) return '-';
  const { mechanism, state, host, checkpoint, reason } = redundancy;
  const where = host === null ? '' : ` on ${host}`;
  const from = checkpoint === undefined ? '' : `, from ${checkpoint}`;
  return `${mechanism}: ${state}${where}${from}${reason === undefined ? '' : ` (${reason})`}`;
}

function tell(vnf: VnfResource): void {
  const rows = [
    ['kind', vnf.kind],
    ['state', vnf.state + (vnf.reason === undefined ? '' : ` (${vnf.reason})`)],
    ['host', vnf.host],
    ['instance', vnf.instance ?? '-'],
    ['migration', vnf.migration ?? '-'],
    ['recovery', vnf.recovery ?? '-'],
    ['redundancy', redundancyText(vnf)],
    ['entries', count(vnf.stats?.entries ?? null)],
    ...(vnf.redundancy?.replicas ?? []).map(({ ofHost, host, state }) => [
      `replica of ${ofHost}`,
      `${host}: ${state}`,
    ]),
    ...vnf.parts.map(({ flows, host, instance, entries }) => [
      `part ${flows}`,
      `${host}, ${instance}, ${count(entries)} entries`,
    ]),
    ...Object.entries(vnf.stats?.counters ?? {}).map(([name, value]) => [name, count(value)]),
  ];
  say(renderTable([vnf.name, ''], rows));
}
