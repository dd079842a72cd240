/** Features of the kernel and the machine. */
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { bytes } from '../format.js';
import type { Check } from './finding.js';

const PAGE_BYTES = 4096n;
const PAGEMAP_ENTRY_BYTES = 8;
const SOFT_DIRTY_BIT = 55n;
const PRESENT_BIT = 63n;

export const KERNEL_CHECKS: readonly Check[] = [
  {
    name: 'kernel',
    needed: true,
    cost: 'nothing of Ferry runs: it is made for Linux',
    look: () => release(),
  },
  {
    name: 'AF_PACKET',
    needed: true,
    cost: 'no network function has packets: use a kernel with CONFIG_PACKET',
    look: () => protocol('PACKET'),
  },
  {
    name: 'AF_XDP',
    needed: false,
    cost: 'packets go through AF_PACKET rings, at a lower rate',
    look: () => protocol('XDP'),
  },
  {
    name: 'process, mount and network namespaces',
    needed: true,
    cost: 'no lab and no instances: use a kernel with CONFIG_NAMESPACES',
    look: () =>
      ['pid', 'mnt', 'net'].every((kind) => existsSync(`/proc/self/ns/${kind}`))
        ? 'there'
        : undefined,
  },
  {
    name: 'soft-dirty tracking',
    needed: false,
    cost: 'every checkpoint is a full one: no incremental dumps',
    look: softDirty,
  },
  {
    name: 'userfaultfd',
    needed: false,
    cost: 'no lazy restore: all memory is read before a restored process runs',
    look: () => (existsSync('/proc/sys/vm/unprivileged_userfaultfd') ? 'there' : undefined),
  },
  {
    name: 'processor cores',
    needed: true,
    cost: '',
    look: () => String(cpus().length),
  },
  { name: 'memory', needed: true, cost: '', look: () => bytes(totalmem()) },
  {
    name: 'huge pages',
    needed: false,
    cost: 'DPDK needs --no-huge and is slower',
    look: () => {
      const total = /^HugePages_Total:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
      if (total === undefined || total === '0') throw new Error('none are set aside');
      return total;
    },
  },
];

function protocol(name: string): string | undefined {
  const known = readFileSync('/proc/net/protocols', 'utf8');
  return new RegExp(`^${name}\\s`, 'm').test(known) ? 'there' : undefined;
}

/** A kernel that tracks marks every page of a process as dirty until it is told to forget (proc(5)). */
function softDirty(): string | undefined {
  const stack = /^([0-9a-f]+)-([0-9a-f]+) .*\[stack\]$/m.exec(
    readFileSync('/proc/self/maps', 'utf8'),
  );
  const [, from = '0', to = '0'] = stack ?? [];
  const first = BigInt(`0x${from}`) / PAGE_BYTES;
  const pages = Number(BigInt(`0x${to}`) / PAGE_BYTES - first);
  const entries = Buffer.alloc(pages * PAGEMAP_ENTRY_BYTES);
  const file = openSync('/proc/self/pagemap', 'r');
  try {
    readSync(file, entries, 0, entries.length, first * BigInt(PAGEMAP_ENTRY_BYTES));
  } finally {
    closeSync(file);
  }
  for (let at = 0; at < entries.length; at += PAGEMAP_ENTRY_BYTES) {
    const entry = entries.readBigUInt64LE(at);
    const bit = (number: bigint): boolean => ((entry >> number) & 1n) === 1n;
    if (bit(PRESENT_BIT) && bit(SOFT_DIRTY_BIT)) return 'there';
  }
  throw new Error('the kernel does not track it');
}
