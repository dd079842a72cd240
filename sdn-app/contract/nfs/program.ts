/** Any unmodified program, in a network of its own behind the virtual MAC and IP; docs/programs.md. */
import { z } from 'zod';
import { ipv4Address, sameSubnet } from '../names.js';
import { defineNf } from './definition.js';

const word = z
  .string()
  .max(4096)
  .regex(/^[^\0]*$/, 'leave out zero bytes');
const fileName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,62}$/, 'use a plain file name: letters, digits, . _ -');

const config = z.strictObject({
  /** The program, by its path or found on the PATH, and its arguments; it must stay in the foreground. */
  command: z.tuple([word.min(1)], word).refine((words) => words.length <= 256, 'at most 256 words'),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/), word)
    .refine((all) => Object.keys(all).length <= 64, 'at most 64 variables')
    .default({}),
  /** Files of its working directory when it starts, by name. */
  files: z
    .record(fileName, z.string().max(262_144))
    .refine((all) => Object.keys(all).length <= 64, 'at most 64 files')
    .default({}),
  /** Default route. */
  gateway: ipv4Address.optional(),
});

export type ProgramConfig = z.output<typeof config>;

export const program = defineNf({
  config,
  check({ gateway }, ports, refuse) {
    if (gateway === undefined) return;
    const near = Object.values(ports).some(({ address }) => sameSubnet(address, gateway));
    if (!near) refuse('gateway', `no port has ${gateway} in its subnet`);
  },
  peerAddresses: ({ gateway }) => (gateway === undefined ? [] : [gateway]),
  program: (given) => given,
  native: () => ({}),
});
