/** What concerns a switch as a whole: its description, Ferry's role, experimenter messages. */
import { z } from 'zod';
import {
  experimenter,
  multipartRequestBody,
  roleRequest,
  type Experimenter,
  type RoleRequest,
} from '../../openflow/index.js';
import { bytesOf, dataKeys } from './bytes.js';
import { orElse, readBy, readWhole, RESERVED, Unfit, whole, whole64 } from './scalar.js';
import { askFor, type Statistic } from './statistic.js';

type Role = RoleRequest['role'];
const ROLES: readonly Role[] = ['noChange', 'equal', 'master', 'slave'];
const ROLE_NAMES = Object.keys(RESERVED.role.values);

export const description: Statistic = {
  path: 'desc',
  summary: 'Who made the switch, and what it is',
  ask: async (session) => {
    const [part] = await askFor(session, multipartRequestBody.make.desc());
    return {
      mfr_desc: part?.manufacturer,
      hw_desc: part?.hardware,
      sw_desc: part?.software,
      serial_num: part?.serialNumber,
      dp_desc: part?.datapath,
    };
  },
};

export const role: Statistic = {
  path: 'role',
  summary: 'The role of this controller for the switch',
  ask: async (session) => {
    const reply = await session.request(roleRequest({ role: 'noChange' }), 'roleReply');
    const name = ROLE_NAMES[ROLES.indexOf(reply.role)];
    return [{ generation_id: reply.generationId, role: name }];
  },
};

const roleName = readBy((input): Role => {
  const found = ROLES[Number(readWhole(input, 32, RESERVED.role))];
  if (found === undefined) throw new Unfit(`must be one of ${ROLE_NAMES.join(', ')}`);
  return found;
});

export const roleBody = z.strictObject({ dpid: whole64, role: orElse(roleName, 'equal') });

export const experimenterBody = z.strictObject({
  dpid: whole64.nullish(),
  experimenter: orElse(whole(32), 0),
  exp_type: orElse(whole(32), 0),
  ...dataKeys,
});

export function experimenterMessage(body: z.infer<typeof experimenterBody>): Experimenter {
  return experimenter({
    experimenter: body.experimenter,
    experimenterType: body.exp_type,
    data: bytesOf(body),
  });
}
