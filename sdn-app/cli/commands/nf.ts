/** `ferry nf`: network functions that are compiled apart. */
import { InvalidArgumentError, type Command } from 'commander';
import { addExample, sharedOptions } from '../command-line.js';
import { EXIT } from '../exit-code.js';
import { testNf, type NfTestOptions, type NfTestResult } from '../nf-test.js';
import { say, sayJson } from '../output.js';
import { NF_INCLUDE } from '../paths.js';

export function addNfCommands(program: Command): void {
  const nf = program.command('nf').description('network functions that are compiled apart');
  const include = nf
    .command('include')
    .description('print the folder with ferry/nf.hpp, for the compiler')
    .action((_options: object, command: Command) => {
      if (sharedOptions(command).json) sayJson({ include: NF_INCLUDE });
      else say(NF_INCLUDE);
    });
  addExample(include, 'g++ -std=c++20 -fPIC -shared -I"$(ferry nf include)" nf.cpp -o nf.so');
  const test = nf
    .command('test')
    .description('load a network function and test the laws of its statelets and snapshots')
    .argument('<path>', 'shared library')
    .option('--config <file>', 'JSON file with what a topology says in `config`, bar `path`')
    .option('--seed <number>', 'of the random traffic, to repeat a run', seedOf)
    .action(async (path: string, options: NfTestOptions, command: Command) => {
      const { json } = sharedOptions(command);
      const results: NfTestResult[] = [];
      await testNf(path, options, (result) => {
        results.push(result);
        if (!json) tell(result);
      });
      const passed = results.every((each) => each.passed);
      if (json) sayJson({ passed, results });
      process.exitCode = passed ? EXIT.ok : EXIT.error;
    });
  addExample(test, 'ferry nf test ./gatekeeper.so', '1 also when a law is broken');
}

/** 64 bits: more than a number holds. */
function seedOf(text: string): string {
  if (!/^\d{1,19}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return text;
}

function tell({ name, passed, remarks }: NfTestResult): void {
  say(`${passed ? 'ok    ' : 'BROKEN'} ${name}`);
  for (const remark of remarks) say(`         ${remark}`);
}
