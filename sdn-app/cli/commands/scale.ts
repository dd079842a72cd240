/** `ferry scale`: several instances share a VNF's work. */
import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScaleResource } from '../../contract/rest.js';
import type { FerryApi } from '../api.js';
import { addExample, apiOf, sharedOptions } from '../command-line.js';
import { EXIT } from '../exit-code.js';
import { remark, say, sayJson } from '../output.js';

const POLL_MS = 250;

interface ScaleOptions {
  instances: string;
  hosts?: string;
  wait: boolean;
}

export function addScaleCommand(program: Command): void {
  const scale = program
    .command('scale')
    .description('spread the work of a VNF over several instances while it serves')
    .argument('<vnf>', 'name of the VNF')
    .requiredOption('--instances <n>', 'how many shall share its work; 1 gathers it again')
    .option('--hosts <hosts>', 'hosts to choose from, joined by commas')
    .option('--wait', 'wait for the end', false)
    .action(async (vnf: string, options: ScaleOptions, command: Command) => {
      const api = apiOf(command);
      const { json } = sharedOptions(command);
      const hosts = options.hosts?.split(',');
      const started = await api.scale(vnf, {
        instances: Number(options.instances),
        ...(hosts === undefined ? {} : { hosts }),
      });
      const scaling = options.wait ? await follow(api, vnf) : started;
      if (scaling.state === 'failed') process.exitCode = EXIT.rolledBack;
      if (json) sayJson(scaling);
      else say(sentence(scaling));
    });
  addExample(scale, 'ferry scale nat1 --instances 2 --wait', 'and with --wait 3 not finished');
}

async function follow(api: FerryApi, vnf: string): Promise<ScaleResource> {
  let told = -1;
  for (;;) {
    const scaling = await api.scaling(vnf);
    if (scaling.done !== told && scaling.moves > 0) {
      remark(`${vnf}: ${scaling.done} of ${scaling.moves} parts have moved`);
    }
    told = scaling.done;
    if (scaling.state !== 'running') return scaling;
    await sleep(POLL_MS);
  }
}

function sentence({ vnf, state, hosts, done, reason }: ScaleResource): string {
  const where = hosts.join(', ');
  if (state === 'running') return `the work of ${vnf} is being spread over ${where}`;
  if (state === 'done') return `${where} share the work of ${vnf}: ${done} parts have moved`;
  return `${vnf} is not spread over ${where}, ${done} parts have moved: ${reason ?? ''}`;
}
