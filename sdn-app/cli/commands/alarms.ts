/** `ferry alarms`: what is wrong, and what was. */
import type { Command } from 'commander';
import type { AlarmResource } from '../../contract/alarm.js';
import { addExample, apiOf, sharedOptions } from '../command-line.js';
import { renderTable, say, sayJson } from '../output.js';

const HEAD = ['id', 'severity', 'about', 'fault', 'cause', 'raised', 'cleared', 'acknowledged'];

export function addAlarmsCommands(program: Command): void {
  const alarms = program.command('alarms').description('alarms, raised and cleared');
  const list = alarms
    .command('list')
    .description('list the alarms that are not cleared, oldest first')
    .option('--all', 'cleared ones too', false)
    .action(async ({ all }: { all: boolean }, command: Command) => {
      const every = await apiOf(command).alarms();
      const found = every.filter(({ alarmClearedTime }) => all || alarmClearedTime === null);
      if (sharedOptions(command).json) sayJson(found);
      else say(renderTable(HEAD, found.map(row)));
    });
  addExample(list, 'ferry alarms list --all');

  const acknowledge = alarms
    .command('ack')
    .description('acknowledge an alarm')
    .argument('<id>', 'id of the alarm')
    .action(async (id: string, _options: object, command: Command) => {
      const found = await apiOf(command).acknowledge(id, { ackState: 'ACKNOWLEDGED' });
      if (sharedOptions(command).json) sayJson(found);
      else say(renderTable(HEAD, [row(found)]));
    });
  addExample(acknowledge, 'ferry alarms ack a-0123abcd');
}

function row(alarm: AlarmResource): string[] {
  return [
    alarm.id,
    alarm.perceivedSeverity,
    alarm.managedObjectId,
    alarm.faultType,
    alarm.probableCause,
    alarm.alarmRaisedTime,
    alarm.alarmClearedTime ?? '-',
    alarm.alarmAcknowledgedTime ?? '-',
  ];
}
