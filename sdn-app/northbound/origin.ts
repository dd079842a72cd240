/**
 * A page of some other site must not reach the controller by the browser of somebody who can: /stats
 * takes bodies of any media type, which a page may send unasked, and so may it open WebSockets.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { FerryError } from '../contract/errors.js';

/** Browsers say where a page comes from; programs do not. Throws ORIGIN_REFUSED. */
export function refuseOtherOrigins({ origin, host }: IncomingHttpHeaders): void {
  if (origin === undefined || hostOf(origin) === host) return;
  throw new FerryError('ORIGIN_REFUSED', `a page of ${origin.slice(0, 200)} asks for it`, 'origin');
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
