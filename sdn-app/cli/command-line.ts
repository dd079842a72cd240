/** What every command shares: its options, and how it ends. */
import { Command, CommanderError } from 'commander';
import { FerryError, type ErrorCode } from '../contract/errors.js';
import { FerryApi, DEFAULT_URL } from './api.js';
import { EXIT } from './exit-code.js';
import { remark, tellError } from './output.js';

/** A fault with an exit code of its own. */
export class ExitError extends FerryError {
  readonly exitCode: number;

  constructor(code: ErrorCode, message: string, exitCode: number, field?: string) {
    super(code, message, field);
    this.exitCode = exitCode;
  }
}

export interface SharedOptions {
  json: boolean;
  url: string;
}

/** A program whose command line errors are thrown, so that they end in exit code 2. */
export function newProgram(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'print one JSON document on stdout, errors as JSON on stderr', false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
}

export function addUrlOption(program: Command): Command {
  const url = process.env['FERRY_URL'] ?? DEFAULT_URL;
  return program.option('--url <url>', 'the controller (FERRY_URL)', url);
}

export function addExample(command: Command, example: string, codes?: string): Command {
  const text = `\nExample:\n  ${example}\n\nExit codes:\n  0 done, 1 error, 2 wrong command line`;
  return command.addHelpText('after', codes === undefined ? text : `${text}, ${codes}`);
}

export function sharedOptions(command: Command): SharedOptions {
  return command.optsWithGlobals<SharedOptions>();
}

export function apiOf(command: Command): FerryApi {
  return new FerryApi(sharedOptions(command).url);
}

/** Runs a program and sets the exit code; a fault is told on stderr. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json');
  // A reader that has seen enough (`| head`) ends nothing half-way.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      tellError(error, json);
      process.exitCode = error instanceof ExitError ? error.exitCode : EXIT.error;
    } else if (error.exitCode !== 0) {
      tellUsage(error, json);
      process.exitCode = EXIT.usage;
    }
  }
}

function tellUsage(error: CommanderError, json: boolean): void {
  const message = error.message.replace(/^error: /, '');
  if (json) {
    remark(JSON.stringify({ error: { code: 'CONFIG_INVALID', message, advice: 'See --help.' } }));
  } else if (error.code !== 'commander.help') {
    remark(`error CONFIG_INVALID: ${message} -> See --help.`);
  }
}
