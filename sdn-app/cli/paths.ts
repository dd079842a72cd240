/** Where the parts of the package lie, in a clone and when installed. */
import { fileURLToPath } from 'node:url';

/** The compiled files are in dist/sdn-app/cli/. */
const ROOT = new URL('../../../', import.meta.url);

export const packagePath = (relative: string): string => fileURLToPath(new URL(relative, ROOT));

export const LAB_PROGRAM = packagePath('mininet/lab.py');
export const AGENT_PROGRAM = packagePath('dist/vnf-host/main.js');
export const NATIVE_ADDON = packagePath('native/build/Release/ferry.node');
export const LAUNCHER = packagePath('native/build/Release/ferry-launch');
/** For network functions that are compiled apart: what they include, and their test. */
export const NF_INCLUDE = packagePath('native/include');
export const NF_TEST_PROGRAM = packagePath('native/build/Release/ferry-nf-test');
export const PROBE_PROGRAM = packagePath('dist/vnf-host/checkpoint/probe-main.js');
export const DEFAULT_TOPOLOGY = packagePath('topologies/nat-migration.yaml');
export const RECOVERY_TOPOLOGY = packagePath('topologies/nat-recovery.yaml');

/** Mininet belongs to Debian's Python, not to another one that may come first on PATH. */
export const PYTHON = '/usr/bin/python3';
/** The one lab of this machine: its journal, logs and the agents' directories. */
export const LAB_DIR = '/run/ferry/lab';
export const LAST_LOGS = '/run/ferry/last-logs';
