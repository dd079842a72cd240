/**
 * The network of one program: a network namespace with a macvlan interface for each port, over the
 * host's interface of that port and with the port's virtual MAC and IP, named eth0, eth1, ... in the
 * order of the ports. The interface numbers are the same on every host, as checkpoints need them.
 */
import { readFileSync } from 'node:fs';
import type { InstancePort } from '../../sdn-app/contract/nfs/definition.js';
import { setTimeout as delay } from 'node:timers/promises';
import { run, type Ended } from '../checkpoint/run.js';
import { ProblemError } from '../instance/problem.js';

/** Index of lo is 1. */
const FIRST_INDEX = 2;
const LIMIT_MS = 20_000;
/** The kernel takes its time with the interfaces of a namespace that has ended; MACs are theirs till then. */
const BUSY = /Address already in use/;
const BUSY_MS = 15_000;
const BUSY_POLL_MS = 20;
/** Where segments that end a connection go; native/launch/ferry_guard.cpp takes them from there. */
const GUARD = 'guard';
/** FIN and RST (RFC 9293 section 3.1), in the 14th byte of a TCP header after one of IPv4. */
const ENDING_FLAGS = [1, 4];
const FLAGS_AT = 33;

export const portInterface = (index: number): string => `eth${index}`;

/**
 * Makes it in the namespace of process `pid`, down: nothing is heard by it, nor of it, whoever has
 * the same MACs meanwhile. Rejects with INSTANCE_FAILED.
 */
export async function layOutNetwork(pid: number, ports: readonly InstancePort[]): Promise<void> {
  for (const [index, port] of ports.entries()) {
    const place = ['netns', String(pid), 'index', String(FIRST_INDEX + index)];
    const kind = ['address', port.mac, 'type', 'macvlan', 'mode', 'bridge'];
    const link = ['link', 'add', 'link', port.interface, 'name', portInterface(index)];
    await mustRun(['ip', ...link, ...place, ...kind]);
  }
  const names = ports.map((_port, index) => portInterface(index));
  const script = [
    // Router solicitations would be frames that nobody asked for.
    'for file in /proc/sys/net/ipv6/conf/*/disable_ipv6; do [ ! -e $file ] || echo 1 >$file; done',
    // Connections of a dead program whose end is withheld keep the namespace for so many repetitions.
    'echo 3 >/proc/sys/net/ipv4/tcp_orphan_retries',
    // Bridges and neighbours on the way hear at once where it is now.
    ...names.map((name) => `echo 1 >/proc/sys/net/ipv4/conf/${name}/arp_notify`),
    ...batch('ip', [
      'link set lo up',
      `link add ${GUARD} index 100 type veth peer name ${GUARD}-out index 101`,
      `link set ${GUARD} up`,
      `link set ${GUARD}-out up`,
      ...ports.map(({ address }, index) => `address add ${address} dev ${portInterface(index)}`),
    ]),
    // What goes through there again must be complete, and so what goes to a switch in user space.
    ...[`${GUARD}-out`, ...names].map((name) => `ethtool -K ${name} tx off >/dev/null`),
    ...batch('tc', names.flatMap(withheldFrom)),
  ];
  await mustRun(inNetworkOf(pid, ['sh', '-ec', script.join('\n')]));
}

/** One that is laid out hears and speaks from now on. Rejects with INSTANCE_FAILED. */
export async function openNetwork(
  pid: number,
  ports: readonly InstancePort[],
  gateway: string | undefined,
): Promise<void> {
  const ups = batch('ip', [
    ...ports.map((_port, index) => `link set ${portInterface(index)} up`),
    ...(gateway === undefined ? [] : [`route add default via ${gateway}`]),
  ]);
  await mustRunOnceFree(inNetworkOf(pid, ['sh', '-ec', ups.join('\n')]));
}

/** True while one that was laid out is there: it goes with the host's interfaces. */
export function isLaidOut(pid: number, ports: readonly unknown[]): boolean {
  try {
    const devices = readFileSync(`/proc/${pid}/net/dev`, 'utf8');
    return ports.every((_port, index) => devices.includes(` ${portInterface(index)}:`));
  } catch {
    return false;
  }
}

/** One process for all of them: starting one takes longer than what it does. */
function batch(tool: 'ip' | 'tc', commands: readonly string[]): string[] {
  return [`${tool} -batch - <<END`, ...commands, 'END'];
}

/** Filters that lead what ends a connection to the guard. */
function withheldFrom(name: string): string[] {
  const endings = ENDING_FLAGS.map((flag) =>
    [
      `filter add dev ${name} egress protocol ip prio 1 u32`,
      `match u8 0x45 0xff at 0 match ip protocol 6 0xff match u8 ${flag} ${flag} at ${FLAGS_AT}`,
      `action mirred egress redirect dev ${GUARD}-out`,
    ].join(' '),
  );
  return [`qdisc add dev ${name} clsact`, ...endings];
}

/** Takes the interfaces away; from then on nothing of it is heard, and another one may have its MACs. */
export async function takeDownNetwork(pid: number, ports: readonly unknown[]): Promise<void> {
  const names = ports.map((_port, index) => portInterface(index));
  const script = names.map((name) => `ip link delete ${name}`).join('\n');
  await run(inNetworkOf(pid, ['sh', '-c', script]), LIMIT_MS);
}

function inNetworkOf(pid: number, words: readonly string[]): string[] {
  return ['nsenter', `--net=/proc/${pid}/ns/net`, ...words];
}

async function mustRun(words: readonly string[]): Promise<void> {
  check(await run(words, LIMIT_MS));
}

async function mustRunOnceFree(words: readonly string[]): Promise<void> {
  const deadline = performance.now() + BUSY_MS;
  let ended = await run(words, LIMIT_MS);
  while (BUSY.test(ended.stderr) && performance.now() < deadline) {
    await delay(BUSY_POLL_MS);
    ended = await run(words, LIMIT_MS);
  }
  check(ended);
}

function check({ code, late, stderr }: Ended): void {
  if (code === 0) return;
  const said = late ? 'it took too long' : stderr.trim();
  throw new ProblemError('INSTANCE_FAILED', `the network was not set up: ${said}`, 'spec.ports');
}
