/** The recovery mechanisms: each is its own file and one line here. */
import type { MechanismName, RecoveryPolicy } from '../contract/recovery-policy.js';
import type { Care, Mechanism, Protection } from './mechanism.js';
import { hotStandby } from './mechanisms/hot-standby.js';
import { newProcess } from './mechanisms/new-process.js';
import { oneForTheOther } from './mechanisms/one-for-the-other.js';
import { severalActive } from './mechanisms/several-active.js';

const MECHANISMS: { readonly [N in MechanismName]: Mechanism<N> } = {
  '1R-AS': hotStandby,
  '0R': newProcess,
  '1R-AA': oneForTheOther,
  'MR-AA': severalActive,
};

/** The protection that the VNF's own policy asks for. */
export function protect(care: Care<RecoveryPolicy>): Protection {
  // The policy names the mechanism whose options it has; TypeScript cannot tie the two together.
  const mechanism = MECHANISMS[care.policy.mechanism] as (care: Care<RecoveryPolicy>) => Protection;
  return mechanism(care);
}
