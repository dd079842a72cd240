/** Trunks of a topology: they join declared switches, and every network hangs together. */
import { FerryError } from './errors.js';
import type { Topology } from './topology.js';

/** Each network has labels of its own on the trunks: steering/labels.ts. */
const MAX_NETWORKS = 120;
/** A marker says where it comes from with a number below this: native/statelet/marker.hpp. */
const MAX_SWITCHES = 64;

export function checkTrunks(topology: Topology): void {
  const ports = new Set(
    topology.links.flatMap(({ switch: name, port }) =>
      port === undefined ? [] : `${name} ${port}`,
    ),
  );
  topology.trunks.forEach(({ between, ports: numbers }, index) => {
    const field = `trunks.${index}`;
    between.forEach((name, end) => {
      if (!Object.hasOwn(topology.switches, name)) {
        const message = `no switch ${name} is declared`;
        throw new FerryError('TOPOLOGY_UNKNOWN_REFERENCE', message, `${field}.between.${end}`);
      }
      const number = numbers?.[end];
      if (number === undefined) return;
      if (ports.has(`${name} ${number}`)) {
        invalid(`${field}.ports.${end}`, `something else has port ${number} of ${name} already`);
      }
      ports.add(`${name} ${number}`);
    });
    if (between[0] === between[1]) invalid(`${field}.between`, 'a trunk joins two switches');
  });
  if (Object.keys(topology.switches).length > MAX_SWITCHES) {
    invalid('switches', `there can be at most ${MAX_SWITCHES}`);
  }
  if (topology.trunks.length > 0 && Object.keys(topology.networks).length > MAX_NETWORKS) {
    invalid('networks', `with trunks there can be at most ${MAX_NETWORKS}`);
  }
  checkTogether(topology);
}

/** Every network's switches reach each other. */
function checkTogether(topology: Topology): void {
  const firstLink = new Map<string, string>();
  topology.links.forEach((link, index) => {
    const first = firstLink.get(link.network) ?? link.switch;
    firstLink.set(link.network, first);
    if (reaches(topology, first, link.switch)) return;
    const message = `network ${link.network} is on switches ${first} and ${link.switch}, which no trunks join`;
    invalid(`links.${index}.switch`, message);
  });
}

function reaches({ trunks }: Topology, from: string, to: string): boolean {
  const found = new Set([from]);
  for (const name of found) {
    for (const { between } of trunks) {
      const [a, b] = between;
      if (a === name) found.add(b);
      if (b === name) found.add(a);
    }
  }
  return found.has(to);
}

function invalid(field: string, message: string): never {
  throw new FerryError('TOPOLOGY_INVALID', message, field);
}
