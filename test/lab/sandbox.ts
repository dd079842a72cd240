/**
 * Namespaces of their own for everything that a network of the test needs: Open vSwitch, Mininet
 * and the controller. What Mininet kills by name is in there, and all of it ends with the sandbox.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { run, type Said } from './ferry-command.js';

const OVS_CTL = '/usr/share/openvswitch/scripts/ovs-ctl';
/** Mininet raises system-wide limits and leaves them so: here it may not. */
const SET_UP = [
  'mount -t tmpfs tmpfs /run',
  'mkdir /run/openvswitch',
  'mount -t tmpfs tmpfs /etc/openvswitch',
  'mount -t tmpfs tmpfs /var/log/openvswitch',
  'mount --bind /proc/sys /proc/sys',
  'mount -o remount,ro,bind /proc/sys',
  'ip link set lo up',
  'echo ready',
  'exec sleep infinity',
].join(' && ');

export class Sandbox {
  readonly #target: string;

  private constructor(target: string) {
    this.#target = target;
  }

  static async start(t: { teardown: (undo: () => unknown) => unknown }): Promise<Sandbox> {
    const spaces = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
    const holder = spawn('unshare', [...spaces, 'sh', '-c', SET_UP], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.teardown(async () => {
      const ended = once(holder, 'exit');
      if (holder.exitCode === null && holder.kill('SIGKILL')) await ended;
    });
    await once(holder.stdout, 'data');
    const pid = String(holder.pid);
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return new Sandbox(children.trim());
  }

  /** The command line that runs a program in there. */
  inside(...command: string[]): [string, string[]] {
    return ['nsenter', ['--target', this.#target, '--net', '--mount', '--pid', '--', ...command]];
  }

  run(...command: string[]): Promise<Said> {
    return run(...this.inside(...command));
  }

  spawn(...command: string[]): ChildProcess {
    return spawn(...this.inside(...command), { stdio: ['pipe', 'pipe', 'inherit'] });
  }

  async startOvs(): Promise<void> {
    await this.#ovsCtl();
  }

  /** kill -9 of the switches, and their start as an init system does it. */
  async restartSwitches(): Promise<void> {
    const kill = 'pid=$(cat /run/openvswitch/ovs-vswitchd.pid); kill -9 $pid';
    await this.run('sh', '-c', `${kill}; while kill -0 $pid; do sleep 0.02; done`);
    await this.#ovsCtl('--no-ovsdb-server');
  }

  async #ovsCtl(...options: string[]): Promise<void> {
    const said = await this.run(OVS_CTL, ...options, '--system-id=random', 'start');
    if (said.code !== 0) throw new Error(said.stderr);
  }
}
