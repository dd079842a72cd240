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
/** In the namespace of the switch, where nothing else listens. */
const INNER_PORT = 6653;
const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

/** Why these tests cannot run here; undefined when they can. */
export function whyNoOvs(): string | undefined {
  if (!existsSync(DAEMON)) return 'Open vSwitch is not installed';
  return process.getuid?.() === 0 ? undefined : 'Open vSwitch needs root';
}

export class PrivateOvs {
  readonly #folder: string;
  readonly #daemons: ChildProcess[] = [];
  #switch: ChildProcess | undefined;
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
    const server = ['ovsdb-server', `--remote=punix:${socket}`, `--unixctl=${folder}/db.ctl`];
    ovs.#spawn([...server, join(folder, 'conf.db')]);
    await ovs.vsctl('--retry', '--no-wait', 'init');
    ovs.#switch = ovs.#startSwitch();
    return ovs;
  }

  /** The daemon is killed, with every flow and group that it had, and started anew. */
  async restartSwitch(): Promise<void> {
    const exited = this.#switch === undefined ? undefined : once(this.#switch, 'exit');
    this.#switch?.kill('SIGKILL');
    await exited;
    this.#switch = this.#startSwitch();
  }

  /** Waits until the daemon has done what was asked. */
  async vsctl(...args: string[]): Promise<string> {
    const db = `--db=unix:${join(this.#folder, 'db.sock')}`;
    const { stdout } = await run('ovs-vsctl', [db, '--timeout=30', ...args]);
    return stdout.trim();
  }

  /** With `tls`, by TLS; the paths are those of PEM files. */
  async addBridge(
    name: string,
    dpid: bigint,
    controllerPort: number,
    tls?: { key: string; cert: string; ca: string },
  ): Promise<void> {
    // The one path that Open vSwitch allows for a controller's socket.
    const path = join(this.#folder, `${name}.controller`);
    await this.#leadOut(path, controllerPort);
    if (tls !== undefined) {
      await this.vsctl('set-ssl', tls.key, tls.cert, tls.ca);
      await this.#leadFromLoopback(path);
    }
    const target = tls === undefined ? `unix:${path}` : `ssl:127.0.0.1:${INNER_PORT}`;
    const bridge = ['set', 'bridge', name, 'datapath_type=netdev', 'protocols=OpenFlow13'];
    const id = `other-config:datapath-id=${dpid.toString(16).padStart(16, '0')}`;
    await this.vsctl(
      ...['add-br', name, '--', ...bridge, 'fail_mode=secure', id],
      ...['--', 'set-controller', name, target],
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
      const ended = daemon.exitCode !== null || daemon.signalCode !== null;
      const exited = ended ? undefined : once(daemon, 'exit');
      daemon.kill('SIGTERM');
      await exited;
    }
    for (const way of this.#ways) way.close();
    for (const socket of this.#sockets) socket.destroy();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #startSwitch(): ChildProcess {
    const database = `unix:${join(this.#folder, 'db.sock')}`;
    const control = `--unixctl=${join(this.#folder, 'switch.ctl')}`;
    const start = `ip link set lo up && exec ${DAEMON} ${database} ${control}`;
    return this.#spawn(['unshare', '--net', 'sh', '-c', start]);
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

  /** From a TCP port in the namespace of the switch, since TLS needs one, to the path. */
  async #leadFromLoopback(path: string): Promise<void> {
    const relay = `
      const { createServer, connect } = require('node:net');
      createServer((inner) => {
        const outer = connect(${JSON.stringify(path)});
        inner.on('error', () => undefined).on('close', () => outer.destroy()).pipe(outer);
        outer.on('error', () => undefined).on('close', () => inner.destroy()).pipe(inner);
      }).listen(${INNER_PORT}, '127.0.0.1', () => console.log('ready'));`;
    const namespace = `--net=/proc/${this.#switch?.pid ?? 0}/ns/net`;
    const child = this.#spawn(['nsenter', namespace, process.execPath, '-e', relay], 'pipe');
    if (child.stdout !== null) await once(child.stdout, 'data');
  }

  #spawn(command: string[], output: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
    const env = { ...process.env, OVS_RUNDIR: this.#folder, OVS_LOGDIR: this.#folder };
    // So that it ends with the test, whatever ends the test.
    const bound = ['--pdeathsig', 'TERM', ...command];
    const child = spawn('setpriv', bound, { env, stdio: ['ignore', output, 'ignore'] });
    this.#daemons.push(child);
    return child;
  }
}
