// One of the two routers: the kernel of a lab's host, with keepalived and conntrackd beside it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tool } from '../../../sdn-app/cli/chaos/tool.js';
import { hostCommand } from '../../../sdn-app/cli/lab/host.js';
import { conntrackdConf, keepalivedConf, natRules, notifyScript } from './config.js';
import type { PeerSetting, RouterPlace } from './setting.js';

export class PeerRouter {
  readonly place: RouterPlace;
  #setting: PeerSetting | undefined;
  #daemons: ChildProcess[] = [];

  private constructor(place: RouterPlace) {
    this.place = place;
  }

  /** What stays for as long as the lab: the host forwards, and its kernel translates. */
  static async prepare(place: RouterPlace): Promise<PeerRouter> {
    const router = new PeerRouter(place);
    await router.#run(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    await router.#run(['nft', '-f', '-'], natRules(place));
    return router;
  }

  /** conntrackd, and nothing of an earlier run: no file, no mapping. Resolves when it answers. */
  async startConntrackd(setting: PeerSetting): Promise<void> {
    const { directory } = this.place;
    this.#setting = setting;
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    const write = (name: string, text: string, mode: number): Promise<void> =>
      writeFile(join(directory, name), text, { mode });
    await write('keepalived.conf', keepalivedConf(setting, this.place), 0o600);
    await write('conntrackd.conf', conntrackdConf(setting, this.place), 0o600);
    await write('notify', notifyScript(setting, this.place), 0o700);
    await this.#start('conntrackd', ['-C', this.#file('conntrackd.conf')]);
  }

  /** True when conntrackd answers. */
  async answers(): Promise<boolean> {
    return this.#conntrackd('-s').then(
      () => true,
      () => false,
    );
  }

  /** Kernel's table and conntrackd's own are empty after it. */
  async forget(): Promise<void> {
    await this.#conntrackd('-F');
    await this.#conntrackd('-f');
  }

  async startKeepalived(): Promise<void> {
    const files = ['--use-file', this.#file('keepalived.conf'), '--pid', this.#file('pid')];
    const options = ['--dont-fork', '--log-console', '--vrrp', ...files];
    await this.#start('keepalived', [...options, '--vrrp_pid', this.#file('vrrp.pid')]);
  }

  /** How often keepalived has told that it became master. */
  async takeovers(): Promise<number> {
    const text = await readFile(this.#file('states'), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line === 'primary').length;
  }

  /** True while it has the address that moves. What keepalived tells comes later, and in any order. */
  async serves(): Promise<boolean> {
    const { inside, virtual } = this.place;
    return (await this.#run(['ip', '-o', 'addr', 'show', 'dev', inside])).includes(virtual.inside);
  }

  /** Mappings that it has heard of from the other one. */
  async heard(): Promise<number> {
    if (this.#setting?.direct === true) {
      return Number(await this.#run(['cat', '/proc/sys/net/netfilter/nf_conntrack_count']));
    }
    return (await this.#conntrackd('-e')).split('\n').filter((line) => line !== '').length;
  }

  /** kill -9 of every daemon at once; what they set up in the kernel stays. */
  async kill(): Promise<void> {
    const running = this.#daemons.filter(
      ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
    );
    const pids = await Promise.all(running.map(({ pid }) => withChildren(pid ?? 0)));
    const ended = running.map((child) => once(child, 'exit'));
    for (const pid of pids.flat()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It went with its parent.
      }
    }
    await Promise.all(ended);
    this.#daemons = [];
  }

  /** Ends everything that `start` began. */
  async stop(): Promise<void> {
    await this.kill();
    const { virtual, inside, outside } = this.place;
    for (const [address, device] of [
      [virtual.inside, inside],
      [virtual.outside, outside],
    ] as const) {
      // Only a master has it.
      await this.#run(['ip', 'addr', 'del', address, 'dev', device]).catch(() => undefined);
    }
  }

  async #start(name: string, words: readonly string[]): Promise<void> {
    const log = openSync(this.#file(`${name}.out`), 'a');
    try {
      const [file = '', ...rest] = [...(await hostCommand(this.place.host)), name, ...words];
      const child = spawn(file, rest, { stdio: ['ignore', log, log] });
      child.on('error', () => undefined); // It never answers: whoever waits for it says so.
      this.#daemons.push(child);
    } finally {
      closeSync(log);
    }
  }

  #conntrackd(option: string): Promise<string> {
    return this.#run(['conntrackd', '-C', this.#file('conntrackd.conf'), option]);
  }

  async #run(words: readonly string[], input = ''): Promise<string> {
    return tool([...(await hostCommand(this.place.host)), ...words], input);
  }

  #file(name: string): string {
    return join(this.place.directory, name);
  }
}

/** keepalived is two processes. */
async function withChildren(pid: number): Promise<number[]> {
  const path = `/proc/${pid}/task/${pid}/children`;
  const text = await readFile(path, 'utf8').catch(() => '');
  return [
    pid,
    ...text
      .split(' ')
      .filter((word) => word !== '')
      .map(Number),
  ];
}
