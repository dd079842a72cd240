// A client, one function or two, and a server in a line of network namespaces: no switch between.
import { execFileSync } from 'node:child_process';

function run(...command: string[]): void {
  const [file = '', ...words] = command;
  execFileSync(file, words, { stdio: ['ignore', 'ignore', 'pipe'] });
}

export interface LineEnd {
  namespace: string;
  interface: string;
}

/** A function's interfaces, in the order of its ports. */
export interface LineFunction {
  namespace: string;
  interfaces: [inside: string, outside: string];
}

/** Names by what it is and the process that made it, so that nobody else's are touched. */
export class LineLab {
  readonly client: LineEnd = { namespace: `fye-c${process.pid}`, interface: 'fye0' };
  readonly server: LineEnd = { namespace: `fye-s${process.pid}`, interface: 'fye0' };
  readonly functions: readonly LineFunction[];

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.remove();
    process.kill(process.pid, signal);
  };

  constructor(functions: 1 | 2) {
    this.functions = Array.from({ length: functions }, (_, index) => ({
      namespace: `fye-f${index}${process.pid}`,
      interfaces: ['fyein', 'fyeout'],
    }));
  }

  create(): void {
    process.once('SIGINT', this.#onSignal);
    process.once('SIGTERM', this.#onSignal);
    for (const namespace of this.#namespaces()) {
      run('ip', 'netns', 'add', namespace);
      run('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
    }
    const [first, second] = this.functions;
    if (first === undefined) return;
    const [inside, outside] = first.interfaces;
    join(this.client, { namespace: first.namespace, interface: inside });
    if (second === undefined) {
      join({ namespace: first.namespace, interface: outside }, this.server);
      return;
    }
    const [secondInside, secondOutside] = second.interfaces;
    join(
      { namespace: first.namespace, interface: outside },
      { namespace: second.namespace, interface: secondOutside },
    );
    join({ namespace: second.namespace, interface: secondInside }, this.server);
  }

  /** Also one that was made in part. */
  remove(): void {
    process.removeListener('SIGINT', this.#onSignal);
    process.removeListener('SIGTERM', this.#onSignal);
    for (const namespace of this.#namespaces()) {
      try {
        run('ip', 'netns', 'del', namespace);
      } catch {
        // It was never made.
      }
    }
  }

  /** The kernel at an end gets an address and a next hop: real connections go through as well. */
  address(end: LineEnd, address: string, gateway: string): void {
    run('ip', '-n', end.namespace, 'addr', 'replace', address, 'dev', end.interface);
    run('ip', '-n', end.namespace, 'route', 'replace', 'default', 'via', gateway);
  }

  #namespaces(): string[] {
    return [this.client, this.server, ...this.functions].map(({ namespace }) => namespace);
  }
}

/** What runs a program in a namespace, to be put before its words. */
export function inNamespace(namespace: string): string[] {
  return ['ip', 'netns', 'exec', namespace];
}

function join(a: LineEnd, b: LineEnd): void {
  const peer = ['type', 'veth', 'peer', 'name', b.interface, 'netns', b.namespace];
  run('ip', 'link', 'add', a.interface, 'netns', a.namespace, ...peer);
  for (const { namespace, interface: name } of [a, b]) {
    run('ip', 'netns', 'exec', namespace, 'ethtool', '-K', name, 'tx', 'off');
    run('ip', '-n', namespace, 'link', 'set', name, 'up');
  }
}
