/** Each command of ofctl_rest: its path, its body, and the messages that it is. One entry each. */
import type { z } from 'zod';
import { roleRequest, type PlainMessage } from '../../openflow/index.js';
import { flowBody, flowCommand } from './flow.js';
import { groupBody, groupCommand } from './group.js';
import { meterBody, meterCommand } from './meter.js';
import { portBody, portCommand } from './port.js';
import type { Session } from './statistic.js';
import { experimenterBody, experimenterMessage, roleBody } from './switch.js';

interface Addressed {
  dpid?: bigint | null | undefined;
}

export interface Command {
  /** Behind /stats/. */
  path: string;
  summary: string;
  body: z.ZodType<Addressed>;
  messages: (body: unknown, session: Session) => PlainMessage[];
}

function entry<B extends Addressed>(
  path: string,
  summary: string,
  body: z.ZodType<B>,
  message: (body: B, session: Session) => PlainMessage,
): Command {
  // What is handed in has been read by `body`.
  return { path, summary, body, messages: (read, session) => [message(read as B, session)] };
}

const flow = (path: string, command: Parameters<typeof flowCommand>[1], summary: string) =>
  entry(`flowentry/${path}`, summary, flowBody, (body) => flowCommand(body, command));
const group = (command: Parameters<typeof groupCommand>[1], summary: string) =>
  entry(`groupentry/${command}`, summary, groupBody, (body) => groupCommand(body, command));
const meter = (command: Parameters<typeof meterCommand>[1], summary: string) =>
  entry(`meterentry/${command}`, summary, meterBody, (body) => meterCommand(body, command));

/** The dpid is in the body. */
export const COMMANDS: readonly Command[] = [
  flow('add', 'add', 'Add a flow entry'),
  flow('modify', 'modify', 'Modify the flow entries that a match takes in'),
  flow('modify_strict', 'modifyStrict', 'Modify the flow entry with this match and priority'),
  flow('delete', 'delete', 'Delete the flow entries that a match takes in'),
  flow('delete_strict', 'deleteStrict', 'Delete the flow entry with this match and priority'),
  group('add', 'Add a group'),
  group('modify', 'Modify a group'),
  group('delete', 'Delete a group'),
  meter('add', 'Add a meter'),
  meter('modify', 'Modify a meter'),
  meter('delete', 'Delete a meter'),
  entry('portdesc/modify', 'Change the behaviour of a port', portBody, (body, session) =>
    portCommand(body, session.ports),
  ),
  entry('role', 'Ask the switch for a role', roleBody, ({ role }) => roleRequest({ role })),
];

/** The dpid is in the path. */
export const EXPERIMENTER = entry(
  'experimenter',
  'Send an experimenter message',
  experimenterBody,
  experimenterMessage,
);
