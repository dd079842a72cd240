/** Mechanism `1R-AA`: two instances serve, and each keeps the other's state. */
import { ActiveProtection } from '../active/protection.js';
import type { Mechanism } from '../mechanism.js';

export const oneForTheOther: Mechanism<'1R-AA'> = (care) => new ActiveProtection(care);
