/**
 * Strategy `duplicate`: like `statelet`, but what follows the snapshot is a copy of every packet that
 * srcInst processes, which destInst processes again with its output suppressed until it takes over.
 * On a link that the data uses too, each packet goes three times (docs/strategies.md).
 */
import { streamStrategy } from './statelet.js';

export const duplicateStrategy = streamStrategy('duplicate', { content: 'packets' });
