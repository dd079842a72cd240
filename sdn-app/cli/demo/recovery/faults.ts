/** The faults of the demo: each strikes the serving instance or its host, and can be taken back. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { z } from 'zod';
import { FerryError } from '../../../contract/errors.js';
import { resolveLinks } from '../../../contract/resolve.js';
import type { Topology } from '../../../contract/topology.js';
import { hostCommand } from '../../lab/host.js';
import { LAB_DIR } from '../../paths.js';

export const DEMO_FAULTS = ['kill', 'stop', 'link', 'host'] as const;
export type DemoFault = (typeof DEMO_FAULTS)[number];

export const FAULT_TEXT: Readonly<Record<DemoFault, string>> = {
  kill: 'process killed (SIGKILL)',
  stop: 'process stopped (SIGSTOP)',
  link: 'data link down',
  host: 'host cut off silently',
};

export interface Victim {
  topology: Topology;
  host: string;
  instance: string;
}

/** Undoes the fault as far as that can be; doing so twice does nothing. */
export type Mend = () => Promise<void>;

export async function strike(fault: DemoFault, victim: Victim): Promise<Mend> {
  switch (fault) {
    case 'kill':
      process.kill(await pidOf(victim), 'SIGKILL');
      return () => Promise.resolve();
    case 'stop':
      return stop(await pidOf(victim));
    case 'link': {
      const [link] = interfacesOf(victim);
      if (link === undefined) throw new FerryError('LAB_FAILED', `${victim.host} has no link`);
      await inHost(victim.host, `ip link set ${link} down`);
      return () => inHost(victim.host, `ip link set ${link} up`);
    }
    case 'host':
      return cutOff(victim);
  }
}

function stop(pid: number): Mend {
  process.kill(pid, 'SIGSTOP');
  return () => {
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // It was ended meanwhile.
    }
    return Promise.resolve();
  };
}

/** Its links stay up, and from one moment on nothing that it sends gets anywhere. */
async function cutOff(victim: Victim): Promise<Mend> {
  const { host } = victim;
  const devices = [...interfacesOf(victim), `${host}-mgmt`].join(', ');
  const hook = `type filter hook egress devices = { ${devices} } priority 0; policy drop;`;
  const drop = `table netdev ferry_demo { chain out { ${hook} }; }`;
  await inHost(host, `nft '${drop}'`);
  return () => inHost(host, 'nft delete table netdev ferry_demo');
}

function interfacesOf({ topology, host }: Victim): string[] {
  return resolveLinks(topology)
    .filter((link) => link.host === host)
    .map(({ hostInterface }) => hostInterface);
}

const manifest = z.object({ process: z.object({ pid: z.int().min(2) }) });

/** As its agent recorded it. */
async function pidOf({ host, instance }: Victim): Promise<number> {
  const path = join(LAB_DIR, 'hosts', host, `${instance}.json`);
  return manifest.parse(JSON.parse(await readFile(path, 'utf8'))).process.pid;
}

async function inHost(host: string, script: string): Promise<void> {
  const [file = 'mnexec', ...words] = await hostCommand(host);
  words.push('sh', '-c', script);
  await new Promise<void>((resolve, reject) => {
    const child = spawn(file, words, { stdio: 'ignore' });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new FerryError('LAB_FAILED', `${script}: exit code ${code ?? '-'}`, host));
    });
  });
}
