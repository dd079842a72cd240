/** Bodies that are nested too deep: what reads them calls itself for each level. */
import { FerryError } from '../contract/errors.js';

/** No request needs half of them. */
const MAX_LEVELS = 64;

/** Throws REQUEST_INVALID. */
export function refuseDeep(body: unknown): void {
  let level = [body].filter(isNested);
  for (let levels = 1; level.length > 0; levels += 1) {
    if (levels > MAX_LEVELS) {
      throw new FerryError('REQUEST_INVALID', `body: more than ${MAX_LEVELS} levels`);
    }
    level = level.flatMap((each) => Object.values(each).filter(isNested));
  }
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
