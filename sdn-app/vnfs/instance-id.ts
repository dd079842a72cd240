import { randomBytes } from 'node:crypto';

/** Unique for every instance that ever was of this VNF. */
export function newInstanceId(vnf: string): string {
  return `${vnf}.${randomBytes(4).toString('hex')}`;
}
