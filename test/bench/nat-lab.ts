// Client, NAT and server in three network namespaces, and the kernel's own NAT in the middle one.
import { execFileSync } from 'node:child_process';

const suffix = `${process.pid}`;

export const addresses = {
  inside: '10.0.0.1',
  insidePrefix: 16,
  outside: '203.0.113.1',
  outsidePrefix: 24,
  client: '10.0.1.1',
  server: '203.0.113.9',
} as const;

function run(command: string, args: readonly string[], input?: string): void {
  execFileSync(command, args, { input, stdio: ['pipe', 'ignore', 'pipe'] });
}

/** Made by create(), and gone after remove() or an interrupt, whatever failed in between. */
export class NatLab {
  readonly client = `fyb-c${suffix}`;
  readonly nat = `fyb-n${suffix}`;
  readonly server = `fyb-s${suffix}`;
  readonly hostInterface = 'fyb0';
  readonly insideInterface = 'fybin';
  readonly outsideInterface = 'fybout';

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.remove();
    process.kill(process.pid, signal);
  };

  create(): void {
    process.once('SIGINT', this.#onSignal);
    process.once('SIGTERM', this.#onSignal);
    for (const host of [this.client, this.nat, this.server]) run('ip', ['netns', 'add', host]);
    this.#link(this.client, this.insideInterface);
    this.#link(this.server, this.outsideInterface);
    run('ip', ['-n', this.nat, 'link', 'set', 'lo', 'up']);
  }

  remove(): void {
    process.removeListener('SIGINT', this.#onSignal);
    process.removeListener('SIGTERM', this.#onSignal);
    for (const host of [this.client, this.nat, this.server]) {
      try {
        run('ip', ['netns', 'del', host]);
      } catch {
        // It was never made.
      }
    }
  }

  /** What runs a program inside a host. */
  inHost(host: string): string[] {
    return ['ip', 'netns', 'exec', host];
  }

  /** nftables masquerade between the two links of the middle host. */
  kernelNatOn(): void {
    const { inside, insidePrefix, outside, outsidePrefix } = addresses;
    this.#inNat('ip', 'addr', 'add', `${inside}/${insidePrefix}`, 'dev', this.insideInterface);
    this.#inNat('ip', 'addr', 'add', `${outside}/${outsidePrefix}`, 'dev', this.outsideInterface);
    this.#inNat('sysctl', '-qw', 'net.ipv4.ip_forward=1');
    const rules = `table ip fyb {
      chain post {
        type nat hook postrouting priority srcnat;
        oifname "${this.outsideInterface}" masquerade
      }
    }`;
    run('ip', [...this.inHost(this.nat).slice(1), 'nft', '-f', '-'], rules);
  }

  kernelNatOff(): void {
    this.#inNat('nft', 'delete', 'table', 'ip', 'fyb');
    this.#inNat('sysctl', '-qw', 'net.ipv4.ip_forward=0');
    this.#inNat('ip', 'addr', 'flush', 'dev', this.insideInterface);
    this.#inNat('ip', 'addr', 'flush', 'dev', this.outsideInterface);
  }

  #inNat(...command: string[]): void {
    run('ip', [...this.inHost(this.nat).slice(1), ...command]);
  }

  #link(host: string, natInterface: string): void {
    const ends = ['type', 'veth', 'peer', 'name', natInterface, 'netns', this.nat];
    run('ip', ['link', 'add', this.hostInterface, 'netns', host, ...ends]);
    run('ip', ['-n', host, 'link', 'set', this.hostInterface, 'up']);
    run('ip', ['-n', this.nat, 'link', 'set', natInterface, 'up']);
  }
}
