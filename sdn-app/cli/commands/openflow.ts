/** `ferry openflow`: OpenFlow frames as JSON and back, for captures and scripts. */
import type { Command } from 'commander';
import { addExample, sharedOptions } from '../command-line.js';
import { EXIT } from '../exit-code.js';
import { readInput } from '../openflow/input.js';
import type { PrintOptions } from '../openflow/print.js';
import { Sink } from '../openflow/sink.js';

const printHelp = `
Reads standard input, or FILE. Prints one JSON object a line for each frame, which
\`ferry openflow encode\` turns into the same bytes again. In place of a frame that cannot be
decoded it prints {"error": {code, message, messageType, field, offset, streamOffset, frame,
advice}} and goes on with the next. Where a header is broken it ends, since the next frame cannot
be found; with --hex it goes on after an empty line, at a line that begins a whole frame, or at
offset 0 of a dump.
`;

const encodeHelp = `
Reads standard input, or FILE: one JSON object a line, as \`ferry openflow print\` prints them.
Fields that have a default may be left out; so may xid (0). A line that cannot be encoded is told on
standard error as {"error": {code, message, line, messageType, field, advice}}; the others are
encoded. docs/openflow.md lists messages and fields.
`;

export function addOpenflowCommands(program: Command): void {
  const openflow = program
    .command('openflow')
    .description('OpenFlow 1.3 frames as JSON, and JSON as frames');

  const print = openflow
    .command('print')
    .description('print binary frames as JSON, one object a line')
    .argument('[file]', 'frames; standard input if left out')
    .option('--hex', 'the input is hexadecimal text: digits, or a dump with offsets', false)
    .option('--human', 'print text in the manner of ovs-ofctl ofp-print', false)
    .addHelpText('after', printHelp)
    .action(async (file: string | undefined, options: PrintOptions, command: Command) => {
      if (options.human && sharedOptions(command).json) {
        command.error("option '--human' cannot be used with '--json'");
      }
      // Loaded only here: no other command needs the codec.
      const { printFrames } = await import('../openflow/print.js');
      const faults = await printFrames(readInput(file), new Sink(process.stdout), options);
      if (faults > 0) process.exitCode = EXIT.error;
    });
  addExample(
    print,
    [
      'ferry openflow print --human frames.bin',
      "echo '04 00 00 08 00 00 00 01  # a hello' | ferry openflow print --hex",
      'ferry openflow print frames.bin | jq -c \'select(.type == "flowMod")\'',
    ].join('\n  '),
    '1 also when any frame could not be decoded',
  );

  const encode = openflow
    .command('encode')
    .description('write the frames of JSON objects, one a line')
    .argument('[file]', 'lines of JSON; standard input if left out')
    .option('--hex', 'write a line of hexadecimal digits for each frame', false)
    .addHelpText('after', encodeHelp)
    .action(async (file: string | undefined, options: { hex: boolean }) => {
      const [sink, errors] = [new Sink(process.stdout), new Sink(process.stderr)];
      const { encodeLines } = await import('../openflow/encode.js');
      const faults = await encodeLines(readInput(file), sink, errors, options);
      if (faults > 0) process.exitCode = EXIT.error;
    });
  addExample(
    encode,
    [
      'ferry openflow encode --hex <<< \'{"type": "barrierRequest", "xid": 7}\'',
      'ferry openflow print frames.bin | ferry openflow encode | cmp - frames.bin',
    ].join('\n  '),
    '1 also when any line could not be encoded',
  );
}
