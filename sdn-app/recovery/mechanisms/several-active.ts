/**
 * Mechanism `MR-AA`: several instances serve, and each keeps the state of the one before it. With two
 * of them that is `1R-AA`, so the two mechanisms differ by their options alone.
 */
import { ActiveProtection } from '../active/protection.js';
import type { Mechanism } from '../mechanism.js';

export const severalActive: Mechanism<'MR-AA'> = (care) => new ActiveProtection(care);
