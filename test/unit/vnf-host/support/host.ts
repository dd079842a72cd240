/** A vnf-host under test with its run directory and controller; nothing of it outlives the test. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunningInstance } from '../../../../sdn-app/contract/agent.js';
import type { InstanceCall, InstanceSpec } from '../../../../sdn-app/contract/instance.js';
import { readManifests, type Manifest } from '../../../../vnf-host/manifest.js';
import { signalProcess } from '../../../../vnf-host/process.js';
import { TestController, until } from './controller.js';

const AGENT = fileURLToPath(new URL('./agent-process.js', import.meta.url));

interface Test {
  teardown: (task: () => Promise<void>) => unknown;
}

export class TestHost {
  readonly runDir = mkdtempSync(join(tmpdir(), 'fyag-'));
  readonly agents: ChildProcess[] = [];
  controller: TestController;
  readonly #port: number;

  /** Module that instances run; undefined for the fake datapath. */
  readonly #entry: string | undefined;

  private constructor(controller: TestController, entry: string | undefined) {
    this.controller = controller;
    this.#entry = entry;
    this.#port = controller.port;
  }

  /** A host with its agent running and greeted. */
  static async up(t: Test, entry?: string): Promise<TestHost> {
    const host = new TestHost(await TestController.listen(), entry);
    t.teardown(() => host.#down());
    await host.startAgent();
    return host;
  }

  /** Starts an agent on the run directory and waits for its hello. */
  async startAgent(): Promise<RunningInstance[]> {
    const after = this.controller.messages.length;
    this.spawnAgent();
    return (await this.controller.next('hello', () => true, after)).instances;
  }

  spawnAgent(output: 'inherit' | 'ignore' = 'inherit'): ChildProcess {
    const config = {
      controllerUrl: `ws://127.0.0.1:${this.#port}/v1/agents`,
      host: 'host1',
      runDir: this.runDir,
      logLevel: 'error',
    };
    const args = [
      AGENT,
      JSON.stringify(config),
      ...(this.#entry === undefined ? [] : [this.#entry]),
    ];
    const agent = spawn(process.execPath, args, { stdio: output });
    this.agents.push(agent);
    return agent;
  }

  async killAgent(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const agent = this.agents.at(-1);
    if (agent === undefined) throw new Error('no agent runs');
    const gone = new Promise((resolve) => agent.once('exit', resolve));
    agent.kill(signal);
    await gone;
  }

  /** `confirms` false plays a controller that takes the bytes and reads none of them. */
  async controllerBack(confirms = true): Promise<void> {
    this.controller = await TestController.listen(this.#port, confirms);
  }

  manifest(id: string): Manifest {
    return JSON.parse(readFileSync(join(this.runDir, `${id}.json`), 'utf8')) as Manifest;
  }

  async start(spec: InstanceSpec): Promise<number> {
    const value = await this.controller.get({ method: 'startInstance', spec });
    return (value as { pid: number }).pid;
  }

  async call(instance: string, call: InstanceCall): Promise<unknown> {
    return this.controller.get({ method: 'callInstance', instance, call });
  }

  /** Rounds of the datapath so far: they go on from where they were if nothing interrupted it. */
  async turns(instance: string): Promise<number> {
    const stats = (await this.call(instance, { method: 'stats' })) as {
      counters: { turns: number };
    };
    return stats.counters.turns;
  }

  async untilRole(id: string, role: Manifest['role']): Promise<void> {
    await until(() => (this.manifest(id).role === role ? true : undefined), `role ${role}`);
  }

  /** Lets the gated instance on this host go on with its start. */
  openGate(): void {
    writeFileSync(join(this.runDir, 'go'), '');
  }

  async untilFile(name: string): Promise<void> {
    await until(() => (existsSync(join(this.runDir, name)) ? true : undefined), name);
  }

  async #down(): Promise<void> {
    for (const agent of this.agents) {
      if (agent.exitCode !== null || agent.signalCode !== null) continue;
      const gone = new Promise((resolve) => agent.once('exit', resolve));
      agent.kill('SIGKILL');
      await gone;
    }
    const { manifests } = await readManifests(this.runDir);
    for (const { process: instance } of manifests) {
      if (instance !== null) signalProcess(instance, 'SIGKILL');
    }
    await this.controller.close();
    rmSync(this.runDir, { recursive: true, force: true });
  }
}

/** A NAT on interfaces that need not be there: the fake datapath opens none. */
export function natSpec(id: string, role: InstanceSpec['role'], inside = 'fake0'): InstanceSpec {
  return {
    id,
    vnf: 'nat1',
    kind: 'nat44',
    config: { pool: ['203.0.113.10'] },
    ports: [
      { name: 'inside', interface: inside, mac: '02:fe:00:00:00:01', address: '10.0.0.1/16' },
      { name: 'outside', interface: 'fake1', mac: '02:fe:00:00:00:02', address: '203.0.113.1/24' },
    ],
    role,
    stateletWindowMs: 50,
    holdBytes: 1_048_576,
  };
}
