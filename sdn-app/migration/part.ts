/** The move of a part of a VNF's work: whose it is before and after, and how the record says so. */
import { z } from 'zod';
import { FerryError } from '../contract/errors.js';
import { flowsText, type TrafficPart } from '../contract/flow-filter.js';
import { partOf, relationOf } from '../contract/part.js';
import type { VnfSpec } from '../contract/topology.js';
import { MAX_PARTS } from '../steering/index.js';
import type { ServingPart, ServingVnf } from '../vnfs/port.js';
import { servingParts } from '../vnfs/vnf-table.js';

export const movedPart = z.strictObject({
  number: z.int(),
  flows: flowsText,
  /** The parts of the VNF before and after; until it is placed, `number` is srcInst's or destInst's. */
  before: servingParts,
  after: servingParts,
  /** Does all but the parts. */
  host: z.string(),
  /** destInst serves already, and goes on if the move is undone. */
  destServes: z.boolean(),
  /** srcInst has more to serve. */
  srcStays: z.boolean(),
});
export type MovedPart = z.infer<typeof movedPart>;

/** A part's move, and between whom. */
export interface PartMove {
  part: MovedPart;
  srcHost: string;
  srcInst: string;
  destInst: string;
}

/** An instance that serves: of a part, or of all but the parts. */
interface Owner {
  host: string;
  instance: string;
  part: ServingPart | undefined;
}

/**
 * What it takes that `flows` are served on host `to`. `newInstance` names destInst if none serves
 * there. Throws FLOWS_INVALID, FLOWS_UNSUPPORTED, FLOWS_CONFLICT, VNF_ALREADY_THERE.
 */
export function planPart(
  vnf: ServingVnf,
  spec: VnfSpec,
  flows: string,
  to: string,
  newInstance: () => string,
): PartMove {
  const wanted = partOf(vnf.name, spec, flows);
  const known = vnf.parts.map((part) => ({ part, traffic: partOf(vnf.name, spec, part.flows) }));
  const same = known.find(({ traffic }) => relationOf(spec, wanted, traffic) === 'same');
  const others = known.filter((each) => each !== same);
  for (const { part, traffic } of others) {
    const relation = relationOf(spec, wanted, traffic);
    if (relation === 'apart' || relation === 'inside') continue;
    const message = `${part.flows} is a part on ${part.host}, and not apart from ${flows}`;
    throw new FerryError('FLOWS_CONFLICT', message, 'flows');
  }
  const parent = innermost(spec, wanted, others, vnf);
  const src = same === undefined ? parent : { ...same.part, part: same.part };
  if (src.host === to) {
    const message = `${flows} of ${vnf.name} are served on ${to} already`;
    throw new FerryError('VNF_ALREADY_THERE', message, 'to');
  }
  const serving = [vnf, ...vnf.parts].find(({ host }) => host === to);
  const destInst = serving?.instance ?? newInstance();
  const number = same?.part.number ?? freeNumber(vnf.parts);
  const text = same?.part.flows ?? flows;
  const rest = others.map(({ part }) => part);
  const moved = (host: string, instance: string): ServingPart[] => [
    ...rest,
    { number, flows: text, host, instance },
  ];
  return {
    part: {
      number,
      flows: text,
      before: [...vnf.parts],
      after: parent.instance === destInst ? rest : moved(to, destInst),
      host: vnf.host,
      destServes: serving !== undefined,
      srcStays: [vnf, ...rest].some(({ instance }) => instance === src.instance),
    },
    srcHost: src.host,
    srcInst: src.instance,
    destInst,
  };
}

/** The smallest part around these flows; the rest when there is none. */
function innermost(
  spec: VnfSpec,
  wanted: TrafficPart,
  others: readonly { part: ServingPart; traffic: TrafficPart }[],
  { host, instance }: ServingVnf,
): Owner {
  const around = others
    .filter(({ traffic }) => relationOf(spec, wanted, traffic) === 'inside')
    .sort((a, b) => (relationOf(spec, a.traffic, b.traffic) === 'inside' ? -1 : 1));
  const [{ part } = { part: undefined }] = around;
  return part === undefined ? { host, instance, part } : { ...part, part };
}

function freeNumber(parts: readonly ServingPart[]): number {
  for (let number = 0; number < MAX_PARTS; number += 1) {
    if (!parts.some((part) => part.number === number)) return number;
  }
  throw new FerryError('FLOWS_CONFLICT', `a VNF has at most ${MAX_PARTS} parts`, 'flows');
}

/** The parts with the moved one at this instance, also where it is none any more afterwards. */
export function withPartAt(
  { number, flows, before }: MovedPart,
  host: string,
  instance: string,
): ServingPart[] {
  const others = before.filter((part) => part.number !== number);
  return [...others, { number, flows, host, instance }];
}

/** The same move, to another instance on the same host. */
export function movedTo(part: MovedPart, destInst: string): MovedPart {
  const after = part.after.map((each) =>
    each.number === part.number ? { ...each, instance: destInst } : each,
  );
  return { ...part, after };
}
