/** The life of an instance process: manifest, datapath, control socket, end. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { InstanceEvent as NativeEvent } from '../../native/index.js';
import type { Manifest } from '../manifest.js';
import { perform } from './calls.js';
import { ControlSocket } from './control.js';
import { contractEvent } from './events.js';
import type { NativeFactory, NativeInstance } from './native.js';
import { ownPid } from './own-pid.js';
import { toProblem } from './problem.js';
import { LAUNCH_VARIABLE } from './protocol.js';
import { contractStats } from './stats.js';

/**
 * Runs the instance that the manifest describes until it is told to stop. A fault is left as
 * `<id>.error` beside the manifest, for the agent to read, and ends the process with code 1.
 * `load` is called late, so that an addon that does not load is such a fault too.
 */
export async function runInstance(
  manifestPath: string | undefined,
  load: () => Promise<NativeFactory>,
): Promise<void> {
  const base = manifestPath?.replace(/\.json$/, '');
  if (manifestPath === undefined || base === undefined || base === manifestPath) {
    process.stderr.write('usage: main.js RUN-DIR/ID.json (started by vnf-host, not by hand)\n');
    process.exit(2);
  }
  const fail = (error: unknown): never => {
    // A start that the agent has given up must not speak for the one that came after it.
    if (!(error instanceof Superseded)) leaveReport(`${base}.error`, error);
    process.exit(1);
  };
  process.on('uncaughtException', fail);
  try {
    await serve(manifestPath, base, await load());
  } catch (error) {
    fail(error);
  }
}

async function serve(manifestPath: string, base: string, Native: NativeFactory): Promise<void> {
  const { spec, nativeConfig, role } = ownManifest(manifestPath);
  process.title = `ferry-instance ${spec.id}`;
  const portNames = spec.ports.map((port) => port.name);
  const stats = () => contractStats(instance.stats(), portNames);

  const control = new ControlSocket({
    greeting: () => ({
      type: 'hello',
      id: spec.id,
      pid: ownPid(),
      mode: instance.stats().mode,
    }),
    call: (call) => perform(instance, call, stats),
    stop: () => instance.stop(),
  });
  const onEvent = (native: NativeEvent): void => {
    const event = contractEvent(native, stats);
    if (event !== undefined) control.publish(event);
  };
  const instance: NativeInstance = new Native(
    {
      kind: spec.kind,
      config: nativeConfig,
      ports: spec.ports.map((port) => ({ interface: port.interface, mac: port.mac })),
      role,
      stateletWindowMs: spec.stateletWindowMs,
      holdBytes: spec.holdBytes,
      ...(spec.log === undefined ? {} : { log: { ...spec.log, path: `${base}.log` } }),
    },
    onEvent,
  );
  process.on('SIGTERM', () => {
    instance.stop();
    process.exit(0);
  });
  instance.start();
  // Once more, after the slow part: the agent may have given up on this start meanwhile.
  ownManifest(manifestPath);
  rmSync(`${base}.sock`, { force: true });
  await control.listen(`${base}.sock`);
}

/**
 * The manifest, if it is still the one of this very start: no instance lives without a record.
 * The agent wrote it after validation, and the launch token proves it; the native factory checks
 * again whatever guards memory.
 */
function ownManifest(path: string): Manifest {
  if (!existsSync(path)) throw new Superseded(`${path} is gone`);
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  const launched = process.env[LAUNCH_VARIABLE];
  if (
    launched === undefined ||
    manifest.launch !== launched ||
    manifest.wanted !== 'running' ||
    (manifest.process !== null && manifest.process.pid !== ownPid())
  ) {
    throw new Superseded(`${path} does not record this process`);
  }
  return manifest;
}

class Superseded extends Error {}

function leaveReport(path: string, error: unknown): void {
  try {
    writeFileSync(`${path}.tmp`, JSON.stringify(toProblem(error)), { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  } catch {
    // The run directory is gone; the exit code remains.
  }
}
