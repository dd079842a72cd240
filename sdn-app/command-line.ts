/** The controller's command line. */
import { parseArgs } from 'node:util';
import type { ControllerConfigInput } from './config.js';
import { FerryError } from './contract/errors.js';

export const USAGE = `Usage: node dist/sdn-app/main.js --topology FILE --state-dir DIR [options]

Runs the controller until SIGTERM or SIGINT.

  --topology FILE        topology file (docs/topology.md)
  --state-dir DIR        journal and lock; made if it does not exist
  --openflow ADDR:PORT   where switches connect (default 127.0.0.1:6653)
  --http ADDR:PORT[,...] where REST, events and agents connect (default 127.0.0.1:8181)
  --help                 this text

Example:
  node dist/sdn-app/main.js --topology topologies/nat-migration.yaml \\
    --state-dir /var/lib/ferry --http 127.0.0.1:8181,172.31.255.1:8181
`;

/** Undefined: help was asked for. Throws CONFIG_INVALID, naming the option. */
export function parseCommandLine(args: readonly string[]): ControllerConfigInput | undefined {
  const values = readOptions(args);
  if (values.help === true) return undefined;
  return {
    topology: required(values.topology, '--topology'),
    stateDir: required(values['state-dir'], '--state-dir'),
    openflow: listenAddress(values.openflow ?? '127.0.0.1:6653', '--openflow'),
    http: (values.http ?? '127.0.0.1:8181').split(',').map((text) => listenAddress(text, '--http')),
  };
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      options: {
        topology: { type: 'string' },
        'state-dir': { type: 'string' },
        openflow: { type: 'string' },
        http: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new FerryError('CONFIG_INVALID', message);
  }
}

function required(value: string | undefined, option: string): string {
  if (value !== undefined && value !== '') return value;
  throw new FerryError('CONFIG_INVALID', `${option} is missing`, option);
}

/** `127.0.0.1:6653`, `localhost:6653` or `[::1]:6653`. */
function listenAddress(text: string, option: string): { address: string; port: number } {
  const found = /^(?:\[(?<six>[0-9a-fA-F:]+)\]|(?<four>[^:[\]]+)):(?<port>\d{1,5})$/.exec(text);
  const address = found?.groups?.['six'] ?? found?.groups?.['four'];
  const port = Number(found?.groups?.['port']);
  if (address === undefined || port > 65535) {
    throw new FerryError('CONFIG_INVALID', `${text} is not ADDRESS:PORT`, option);
  }
  return { address, port };
}
