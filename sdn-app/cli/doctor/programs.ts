/** Programs that the lab, the agents and checkpoints use. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LAUNCHER, NATIVE_ADDON, PYTHON } from '../paths.js';
import type { Check } from './finding.js';

const LEAST_NODE = [20, 11] as const;
const LIMIT_MS = 20_000;

export const PROGRAM_CHECKS: readonly Check[] = [
  {
    name: 'node',
    needed: true,
    cost: `nothing of Ferry runs: install Node.js ${LEAST_NODE.join('.')} or later`,
    look: () => {
      const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
      const [leastMajor, leastMinor] = LEAST_NODE;
      const enough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
      if (!enough) throw new Error(`${process.versions.node} is too old`);
      return process.versions.node;
    },
  },
  {
    name: 'native addon',
    needed: true,
    cost: 'no network function runs: `npm run setup` builds it',
    look: () => (existsSync(NATIVE_ADDON) && existsSync(LAUNCHER) ? NATIVE_ADDON : undefined),
  },
  {
    name: 'root',
    needed: true,
    cost: 'no namespaces, bridges, packet sockets or checkpoints: run Ferry as root',
    look: () => (process.geteuid?.() === 0 ? 'this is root' : undefined),
  },
  {
    name: 'Open vSwitch',
    needed: true,
    cost: 'no lab: install openvswitch-switch',
    look: () => firstLine('ovs-vswitchd', '--version'),
  },
  {
    name: 'Mininet',
    needed: true,
    cost: 'no lab: install mininet',
    look: () => firstLine(PYTHON, '-c', 'import mininet.net; print(mininet.net.VERSION)'),
  },
  program('ip', true, 'no lab: install iproute2'),
  program('ethtool', true, 'no lab: install ethtool'),
  program('nsenter', true, 'no checkpoints: install util-linux'),
  {
    name: 'nftables',
    needed: false,
    cost: 'no checkpoints of programs with TCP connections: install nftables',
    look: () => {
      execFileSync('nft', ['list', 'tables'], { stdio: 'pipe', timeout: LIMIT_MS });
      return firstLine('nft', '--version');
    },
  },
];

function program(name: string, needed: boolean, cost: string): Check {
  return { name, needed, cost, look: () => onPath(name) };
}

function onPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function firstLine(file: string, ...args: string[]): string | undefined {
  const said = execFileSync(file, args, { stdio: 'pipe', timeout: LIMIT_MS }).toString();
  return said.split('\n')[0];
}
