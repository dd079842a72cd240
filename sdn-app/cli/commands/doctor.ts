/** `ferry doctor`: what this machine has of what Ferry can use, and what it costs to be without. */
import type { Command } from 'commander';
import { addExample, sharedOptions } from '../command-line.js';
import { CRIU_CHECK } from '../doctor/criu.js';
import { find, type Finding } from '../doctor/finding.js';
import { KERNEL_CHECKS } from '../doctor/kernel.js';
import { PROGRAM_CHECKS } from '../doctor/programs.js';
import { EXIT } from '../exit-code.js';
import { renderTable, say, sayJson } from '../output.js';

const CHECKS = [...PROGRAM_CHECKS, ...KERNEL_CHECKS, CRIU_CHECK];

export function addDoctorCommand(program: Command): void {
  const doctor = program
    .command('doctor')
    .description('say what this machine has, what is missing and what that costs')
    .action(async (_options: object, command: Command) => {
      const findings = await Promise.all(CHECKS.map(find));
      const ready = findings.every(({ there, needed }) => there || !needed);
      if (sharedOptions(command).json) sayJson({ ready, findings });
      else tell(findings, ready);
      process.exitCode = ready ? EXIT.ok : EXIT.error;
    });
  addExample(doctor, 'ferry doctor --json', '1 also when something that the lab needs is missing');
}

function tell(findings: readonly Finding[], ready: boolean): void {
  const rows = findings.map(({ name, there, needed, detail, cost }) => [
    name,
    there ? 'yes' : needed ? 'MISSING' : 'no',
    cost === undefined ? detail : `${detail} -> ${cost}`,
  ]);
  say(renderTable(['', 'there', ''], rows));
  say(ready ? 'all that the lab needs is there' : 'the lab cannot run: see MISSING');
}
