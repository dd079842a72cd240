/** The parts of this machine that a lab changes, to be compared before and after. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { run } from './ferry-command.js';

const SETTINGS = [
  ...['rmem_default', 'rmem_max', 'wmem_default', 'wmem_max', 'netdev_max_backlog'].map(
    (name) => `/proc/sys/net/core/${name}`,
  ),
  '/sys/kernel/rcu_expedited',
];

export interface Machine {
  interfaces: string[];
  bridges: string[];
  openvswitch: boolean;
  sysctls: string[];
}

/** Names that are not a lab's are left out: other programs come and go. */
export async function machine(): Promise<Machine> {
  const ovs = await run('ovs-vsctl', ['-t', '5', 'list-br']);
  const names = await readdir('/sys/class/net');
  return {
    interfaces: names.filter((name) => /^(fyl|fm-|ferry|s1)/.test(name)).sort(),
    bridges: ovs.stdout.split('\n').filter((name) => /^(fyl|s1)/.test(name)),
    openvswitch: ovs.code === 0,
    sysctls: await Promise.all(
      SETTINGS.map(async (file) => (await readFile(file, 'utf8').catch(() => 'none')).trim()),
    ),
  };
}

/** Pids of every process in that network namespace. */
export async function processesIn(namespace: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const link = await readlink(`/proc/${pid}/ns/net`).catch(() => '');
      return link === namespace ? [pid] : [];
    }),
  );
  return found.flat();
}
