/**
 * An Open vSwitch of the test's own, in a temporary folder and a network namespace: one that runs
 * on the machine is neither needed nor disturbed, and no interface is left behind.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const DAEMON = '/usr/sbin/ovs-vswitchd';
const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

/** Why these tests cannot run here; undefined when they can. */
export function whyNoOvs(): string | undefined {
  if (!existsSync(DAEMON)) return 'Open vSwitch is not installed';
  return process.getuid?.() === 0 ? undefined : 'Open vSwitch needs root';
}

export class PrivateOvs {
  readonly #folder: string;
  readonly #daemons: ChildProcess[] = [];
  readonly #ways: Server[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<PrivateOvs> {
    const folder = await mkdtemp(join(tmpdir(), 'fysw-'));
    const ovs = new PrivateOvs(folder);
    await run('ovsdb-tool', ['create', join(folder, 'conf.db'), SCHEMA]);
    const socket = join(folder, 'db.sock');
    const control = (name: string) => `--unixctl=${join(folder, name)}`;
    ovs.#spawn([
      'ovsdb-server',
      `--remote=punix:${socket}`,
      control('db.ctl'),
      join(folder, 'conf.db'),
    ]);
    await ovs.vsctl('--retry', '--no-wait', 'init');
    ovs.#spawn(['unshare', '--net', DAEMON, `unix:${socket}`, control('switch.ctl')]);
    return ovs;
  }

  /** Waits until the daemon has done what was asked. */
  async vsctl(...args: string[]): Promise<string> {
    const db = `--db=unix:${join(this.#folder, 'db.sock')}`;
    const { stdout } = await run('ovs-vsctl', [db, '--timeout=30', ...args]);
    return stdout.trim();
  }

  async addBridge(name: string, dpid: bigint, controllerPort: number): Promise<void> {
    // The one path that Open vSwitch allows for a controller's socket.
    const path = join(this.#folder, `${name}.controller`);
    await this.#leadOut(path, controllerPort);
    const bridge = ['set', 'bridge', name, 'datapath_type=netdev', 'protocols=OpenFlow13'];
    const id = `other-config:datapath-id=${dpid.toString(16).padStart(16, '0')}`;
    await this.vsctl(
      ...['add-br', name, '--', ...bridge, 'fail_mode=secure', id],
      ...['--', 'set-controller', name, `unix:${path}`],
      ...['--', 'set', 'controller', name, 'max_backoff=1000', 'connection_mode=out-of-band'],
    );
  }

  /** Joins port `name` of one bridge to port `peer` of another, both with the same number. */
  async addWire(number: number, [bridge, name]: [string, string], [other, peer]: [string, string]) {
    const end = (on: string, port: string, far: string): string[] => [
      ...['add-port', on, port, '--', 'set', 'interface', port, 'type=patch'],
      ...[`options:peer=${far}`, `ofport_request=${number}`],
    ];
    await this.vsctl(...end(bridge, name, peer), '--', ...end(other, peer, name));
  }

  async stop(): Promise<void> {
    for (const daemon of this.#daemons.toReversed()) {
      const exited = daemon.exitCode === null ? once(daemon, 'exit') : undefined;
      daemon.kill('SIGTERM');
      await exited;
    }
    for (const way of this.#ways) way.close();
    for (const socket of this.#sockets) socket.destroy();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** From the namespace of the switch to the controller's TCP port. */
  async #leadOut(path: string, controllerPort: number): Promise<void> {
    const way = createServer((inner) => {
      const outer = connect(controllerPort, '127.0.0.1');
      for (const [from, to] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => undefined).on('close', () => to.destroy());
        from.pipe(to);
      }
    });
    this.#ways.push(way);
    way.listen(path);
    await once(way, 'listening');
  }

  #spawn(command: string[]): void {
    const env = { ...process.env, OVS_RUNDIR: this.#folder, OVS_LOGDIR: this.#folder };
    // So that it ends with the test, whatever ends the test.
    const bound = ['--pdeathsig', 'TERM', ...command];
    this.#daemons.push(spawn('setpriv', bound, { env, stdio: 'ignore' }));
  }
}
