import { bundleAdd, bundleControl } from './bundle.js';
import { Codec } from './codec.js';
import type { ValueOf } from './kinds.js';
import { plainMessages } from './plain.js';

/** Every message that this library knows. */
export const messages = [...plainMessages, bundleControl, bundleAdd] as const;

/** An OpenFlow message, told apart by `type`. */
export type Message = ValueOf<(typeof messages)[number]>;

export const codec = new Codec(messages);
