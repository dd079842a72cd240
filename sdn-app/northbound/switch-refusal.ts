import { FerryError } from '../contract/errors.js';

/** A switch's refusal, with type and code of the OpenFlow error (section 7.4.4). */
export class SwitchRefusal extends FerryError {
  constructor(
    message: string,
    readonly openflowError: { type: string; code: string },
  ) {
    super('SWITCH_REFUSED', message);
  }
}
