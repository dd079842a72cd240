/** Chaos scripts from a seed: the same seed and topology give the same script. */
import { AGENT_PREFIX, CONTROLLER } from '../../contract/check-chaos.js';
import type { ChaosFault, ChaosStep } from '../../contract/chaos.js';
import type { Topology } from '../../contract/topology.js';

/** Time for a VNF to come back, so that each fault meets a lab that serves. */
const LEAST_BETWEEN_MS = 3000;
const MOST_BETWEEN_MS = 8000;
const LEAST_FOR_MS = 20;
const MOST_FOR_MS = 3000;

/** `count` faults over everything that the topology has. */
export function randomScript(topology: Topology, count: number, seed: number): ChaosStep[] {
  const random = generator(seed);
  const among = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const between = (least: number, most: number) => Math.round(least + random() * (most - least));
  const agents = Object.keys(topology.hosts).filter((name) => topology.hosts[name]?.agent === true);
  const links = topology.links.filter(({ host }) => agents.includes(host));
  const programs = [CONTROLLER, ...agents.map((name) => `${AGENT_PREFIX}${name}`)];
  const processes = [...Object.keys(topology.vnfs), ...programs];
  const makers: Record<ChaosFault, (timing: Timing) => ChaosStep | undefined> = {
    kill: ({ afterMs }) =>
      withProcess(among(processes), (process) => ({ fault: 'kill', process, afterMs })),
    stop: (timing) =>
      withProcess(among(processes), (process) => ({ fault: 'stop', process, ...timing })),
    hang: () => undefined, // Until the end: one would be the whole script.
    cutLink: (timing) => {
      const link = among(links);
      return link && { fault: 'cutLink', host: link.host, network: link.network, ...timing };
    },
    dropHost: (timing) =>
      withProcess(among(agents), (host) => ({ fault: 'dropHost', host, ...timing })),
    fillDisk: (timing) =>
      withProcess(among(programs), (process) => ({ fault: 'fillDisk', process, ...timing })),
    restartOvs: ({ afterMs }) => ({ fault: 'restartOvs', afterMs }),
  };
  const script: ChaosStep[] = [];
  while (script.length < count) {
    const make = among(Object.values(makers));
    const step = make?.({
      afterMs: between(LEAST_BETWEEN_MS, MOST_BETWEEN_MS),
      forMs: between(LEAST_FOR_MS, MOST_FOR_MS),
    });
    if (step !== undefined) script.push(step);
  }
  return script;
}

interface Timing {
  afterMs: number;
  forMs: number;
}

function withProcess(
  name: string | undefined,
  make: (name: string) => ChaosStep,
): ChaosStep | undefined {
  return name === undefined ? undefined : make(name);
}

/** Numbers from 0 up to 1 (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
