/** `ferry controller`: the controller in the foreground; `ferry lab` starts it in the same way. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ControllerConfigInput } from '../../config.js';
import { FerryError } from '../../contract/errors.js';
import { addExample, ExitError, sharedOptions } from '../command-line.js';
import { EXIT } from '../exit-code.js';
import { say, sayJson } from '../output.js';

type OpenflowListener = ControllerConfigInput['openflow'];
type ListenAddress = Omit<OpenflowListener, 'tls'>;

interface ControllerOptions {
  listen: ListenAddress;
  tlsCert?: string;
  tlsKey?: string;
  tlsCa?: string;
  clientCert: boolean;
  http: readonly ListenAddress[];
  topology?: string;
  stateDir?: string;
  network: boolean;
}

export function addControllerCommand(program: Command): void {
  const controller = program
    .command('controller')
    .description('run the controller until ^C; without a topology it serves any OpenFlow network')
    .addOption(
      new Option('--listen <address:port>', 'where switches connect')
        .argParser(listenAddress)
        .default(listenAddress('127.0.0.1:6653'), '127.0.0.1:6653'),
    )
    .addOption(
      new Option('--http <address:port,...>', 'where REST, events and agents connect')
        .argParser((text) => text.split(',').map(listenAddress))
        .default([listenAddress('127.0.0.1:8181')], '127.0.0.1:8181'),
    )
    .option('--tls-cert <file>', 'PEM certificate: switches must connect by TLS')
    .option('--tls-key <file>', 'its private key')
    .option('--tls-ca <file>', 'authorities whose certificates a switch may show')
    .option('--no-client-cert', 'by TLS, but any switch may connect')
    .option('--topology <file>', 'topology file: VNFs and whom they serve')
    .option('--state-dir <dir>', 'journal and lock; needed with a topology')
    .option(
      '--no-network',
      'forward nothing: only flow entries that scripts install (docs/ofctl-rest.md)',
    )
    .action(async (options: ControllerOptions, command: Command) => {
      await run(options, sharedOptions(command).json);
    });
  addExample(
    controller,
    'ferry controller --listen 127.0.0.1:6653\n' +
      '  ferry controller --listen 0.0.0.0:6653 --topology lab.yaml --state-dir /var/lib/ferry\n' +
      '  ferry controller --tls-cert controller.pem --tls-key controller.key --tls-ca ca.pem',
  );
}

async function run(options: ControllerOptions, json: boolean): Promise<void> {
  const { listen, http, topology, stateDir, network } = options;
  const tls = tlsOf(options);
  const stopped = nextStop();
  // Only this command needs the whole controller.
  const { startController } = await import('../../main.js');
  const controller = await startController({
    openflow: { ...listen, ...(tls === undefined ? {} : { tls }) },
    http: [...http],
    network,
    ...(topology === undefined ? {} : { topology }),
    ...(stateDir === undefined ? {} : { stateDir }),
  }).catch((error: unknown) => {
    if (!(error instanceof FerryError) || error.code !== 'CONFIG_INVALID') throw error;
    throw new ExitError(error.code, error.message, EXIT.usage, error.field);
  });
  const shown = ({ address, port }: ListenAddress) => `${address}:${port}`;
  const by = tls === undefined ? '' : ' by TLS';
  if (json) sayJson({ openflow: controller.openflow, http: controller.http });
  else {
    const addresses = controller.http.map(shown).join(', ');
    say(`ferry controller: OpenFlow${by} on ${shown(controller.openflow)}, HTTP on ${addresses}`);
  }
  await stopped;
  await controller.close();
  process.exit(EXIT.ok);
}

function tlsOf({ tlsCert, tlsKey, tlsCa, clientCert }: ControllerOptions): OpenflowListener['tls'] {
  const given = tlsCert ?? tlsKey ?? tlsCa;
  if (given === undefined && clientCert) return undefined;
  const missing = tlsCert === undefined ? '--tls-cert' : '--tls-key';
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new ExitError('CONFIG_INVALID', 'TLS needs certificate and key', EXIT.usage, missing);
  }
  const ca = tlsCa === undefined ? {} : { ca: tlsCa };
  return { cert: tlsCert, key: tlsKey, ...ca, requireClientCert: clientCert };
}

function nextStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });
}

/** `127.0.0.1:6653`, `localhost:6653` or `[::1]:6653`. */
export function listenAddress(text: string): ListenAddress {
  const found = /^(?:\[(?<six>[0-9a-fA-F:]+)\]|(?<four>[^:[\]]+)):(?<port>\d{1,5})$/.exec(text);
  const address = found?.groups?.['six'] ?? found?.groups?.['four'];
  const port = Number(found?.groups?.['port']);
  if (address === undefined || port > 65_535) {
    throw new InvalidArgumentError('Give ADDRESS:PORT, like 127.0.0.1:6653.');
  }
  return { address, port };
}
