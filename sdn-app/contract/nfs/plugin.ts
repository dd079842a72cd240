/** A network function that was compiled apart, loaded by path; docs/third-party-nfs.md. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { ipv4Address, objectName, sameSubnet } from '../names.js';
import { defineNf } from './definition.js';

/** What native takes of a configuration (core/config.hpp), less what stands around the options. */
const MAX_DEPTH = 6;
const MAX_VALUES = 2000;
const MAX_TEXT_BYTES = 2048;

/** Why the options are too much for a configuration; undefined when they are not. */
function excess(value: z.core.util.JSONType): string | undefined {
  let values = 0;
  const visit = (each: z.core.util.JSONType, depth: number): string | undefined => {
    values += 1;
    if (depth > MAX_DEPTH) return `nest them at most ${MAX_DEPTH} deep`;
    if (values > MAX_VALUES) return `give at most ${MAX_VALUES} values`;
    const texts = typeof each === 'object' && each !== null ? Object.keys(each) : [each];
    for (const text of texts) {
      if (typeof text === 'string' && Buffer.byteLength(text) > MAX_TEXT_BYTES) {
        return `use texts of at most ${MAX_TEXT_BYTES} bytes`;
      }
    }
    if (typeof each !== 'object' || each === null) return undefined;
    for (const below of Object.values(each)) {
      const fault = visit(below, depth + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
  return visit(value, 0);
}

const config = z.strictObject({
  /** The shared library on every host; relative to the topology file. */
  path: z.string().min(1).max(1024),
  /** Names of its ports, in its own order. */
  ports: z
    .array(objectName)
    .min(1)
    .max(8)
    .refine((names) => new Set(names).size === names.length, 'give each port a name of its own')
    .default(['inside', 'outside']),
  /** Next hop beyond the subnet of a port, by the port's name. */
  gateways: z.record(objectName, ipv4Address).default({}),
  /** What the function itself is told. */
  options: z
    .record(z.string(), z.json())
    .superRefine((options, context) => {
      const fault = excess(options);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .default({}),
});

export const plugin = defineNf({
  config,
  ports: ({ ports }) => ports,
  check({ ports: names, gateways, options }, ports, refuse) {
    for (const [name, address] of Object.entries(gateways)) {
      const subnet = ports[name]?.address;
      if (subnet === undefined) {
        refuse(`gateways.${name}`, `the ports are ${names.join(', ')}`);
      } else if (!sameSubnet(subnet, address)) {
        refuse(`gateways.${name}`, `${address} is outside the subnet of ${subnet}`);
      }
    }
    const taken = names.find((name) => Object.hasOwn(options, name));
    if (taken !== undefined) refuse(`options.${taken}`, 'a port has that name: use another one');
  },
  peerAddresses: ({ gateways }) => Object.values(gateways),
  atFile: ({ path }, file) => ({ path: resolve(dirname(file), path) }),
  libraries: ({ path }) => [{ path, field: 'path' }],
  native({ path, ports: names, gateways, options }, ports) {
    const addresses = names.map((name) => {
      const gateway = gateways[name];
      return [name, { ...ports[name], ...(gateway === undefined ? {} : { gateway }) }] as const;
    });
    return { path, ports: names, options: { ...options, ...Object.fromEntries(addresses) } };
  },
});
