/** `ferry recoveries`: failures of VNFs and what became of them. */
import type { Command } from 'commander';
import type { RecoveryResource } from '../../contract/recovery.js';
import { addExample, apiOf, sharedOptions } from '../command-line.js';
import { bytes, count, milliseconds } from '../format.js';
import { renderTable, say, sayJson } from '../output.js';

const HEAD = ['id', 'VNF', 'fault', 'from', 'to', 'state', 'outage'];

export function addRecoveriesCommands(program: Command): void {
  const recoveries = program.command('recoveries').description('running and ended recoveries');
  const list = recoveries
    .command('list')
    .description('list every recovery, the newest last')
    .action(async (_options: object, command: Command) => {
      const found = await apiOf(command).recoveries();
      if (sharedOptions(command).json) sayJson(found);
      else say(renderTable(HEAD, found.map(row)));
    });
  addExample(list, 'ferry recoveries list');

  const show = recoveries
    .command('show')
    .description('show one recovery with its steps and figures')
    .argument('<id>', 'id of the recovery')
    .action(async (id: string, _options: object, command: Command) => {
      const found = await apiOf(command).recovery(id);
      if (sharedOptions(command).json) sayJson(found);
      else tellRecovery(found);
    });
  addExample(show, 'ferry recoveries show r-0123abcd --json');
}

function row(each: RecoveryResource): string[] {
  const { id, vnf, srcHost, destHost, state, recovery } = each;
  const outage = milliseconds(recovery.outageMs);
  return [id, vnf, recovery.fault, srcHost, destHost ?? '-', state, outage];
}

export function tellRecovery(found: RecoveryResource): void {
  const { vnf, srcHost, destHost, state, reason, cause, stepsMs, recovery, notes } = found;
  const rows = [
    ['VNF', `${vnf}: ${srcHost} to ${destHost ?? '-'}`],
    ['state', state + (reason === undefined ? '' : ` (${reason})`)],
    ['mechanism', recovery.mechanism],
    ['fault', `${recovery.fault}, detected by ${recovery.detectedBy}: ${cause}`],
    ['detected after', milliseconds(recovery.detectMs)],
    ...Object.entries(stepsMs).map(([step, ms]) => [`  then ${step}`, milliseconds(ms)]),
    ['outage', milliseconds(recovery.outageMs)],
    ['statelets', count(recovery.replayedStatelets)],
    ['state lost', recovery.lostState ?? '-'],
    ['frozen', milliseconds(recovery.frozenMs)],
    ['image', bytes(recovery.imageBytes)],
    ...notes.map((note) => ['note', note]),
  ];
  say(renderTable([found.id, ''], rows));
}
