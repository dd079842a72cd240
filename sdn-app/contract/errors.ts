/**
 * Every coded error of Ferry that crosses a process boundary, in one table: code, HTTP status, and
 * what to do about it. The CLI, REST problem details (RFC 9457) and docs/errors.md derive from it.
 */
export const ERROR_TABLE = {
  TOPOLOGY_UNREADABLE: [400, 'Check that the file exists and is valid YAML.'],
  TOPOLOGY_INVALID: [400, 'Correct the named field; docs/topology.md describes every key.'],
  TOPOLOGY_UNKNOWN_REFERENCE: [400, 'Name a switch, host, network or VNF that the file declares.'],
  TOPOLOGY_PORT_IN_USE: [400, 'Place the VNFs on different hosts, or give the host another link.'],
  TOPOLOGY_ADDRESS_IN_USE: [400, 'Give every interface and VNF port an address of its own.'],
  CONFIG_INVALID: [400, 'Correct the named option; see --help.'],
  REQUEST_INVALID: [400, 'Correct the named field; /v1/openapi.json describes every request.'],
  TLS_INVALID: [400, 'Name readable PEM files that belong together; see docs/controller.md.'],
  ORIGIN_REFUSED: [403, 'Call Ferry from a program, or serve the page under its own address.'],
  TOO_MANY_SOCKETS: [503, 'Close some that nobody needs, or try again later.'],
  NOT_ROOT: [403, 'Run it as root: namespaces, bridges and packet sockets need it.'],
  TOOL_MISSING: [503, 'Run `npm run setup`, or install the named package.'],
  PORT_IN_USE: [409, 'Stop the program that listens there, or choose another port.'],
  STATE_LOCKED: [409, 'Stop the other controller, or choose another --state-dir.'],
  STATE_CORRUPT: [500, 'Move the named file away; running instances are adopted without it.'],
  STATE_UNWRITABLE: [500, 'Free space and check permissions of --state-dir, then try again.'],
  LAB_RUNNING: [409, 'Run `ferry lab down` first: one lab at a time.'],
  LAB_NOT_RUNNING: [409, 'Run `ferry lab up FILE` first.'],
  LAB_NAME_IN_USE: [
    409,
    'Remove the named bridge or interface, or rename the switch in the topology.',
  ],
  CHAOS_TARGET_MISSING: [409, 'Wait until it runs (`ferry lab status`), or name another target.'],
  CHAOS_FAILED: [500, 'The message says why; the lab is as it was.'],
  LAB_FAILED: [500, 'Read the lab log named in the message; `ferry lab down` cleans up.'],
  LAB_LOSES_PACKETS: [503, 'Lower --rate, or stop what else keeps this machine busy.'],
  INTERRUPTED: [503, 'Start it again; what it had made was removed.'],
  CONTROLLER_UNREACHABLE: [503, 'Start a lab or `ferry controller`, or set --url.'],
  NOT_FOUND: [404, 'Check the address; GET /v1/openapi.json lists every one.'],
  VNF_UNKNOWN: [404, 'Use a name from `ferry vnf list`.'],
  HOST_UNKNOWN: [404, 'Use a host that the topology declares with an agent.'],
  MIGRATION_UNKNOWN: [404, 'Use an id from `ferry migrations list`.'],
  RECOVERY_UNKNOWN: [404, 'Use an id from `ferry recoveries list`.'],
  ALARM_UNKNOWN: [404, 'Use an id from `ferry alarms list`.'],
  NOT_PROTECTED: [409, 'Give the VNF a `recovery` in the topology; docs/recovery.md says how.'],
  NOT_REDUNDANT: [409, 'Wait until `ferry vnf show` says that its redundancy is ready.'],
  STRATEGY_UNKNOWN: [400, 'Use one of the strategies named in the message.'],
  STRATEGY_UNSUITABLE: [409, 'Use `ferry checkpoint` and `ferry restore --to`; docs/programs.md.'],
  FLOWS_INVALID: [400, 'Write it like src=10.0.0.0/25; docs/partial-migration.md lists the keys.'],
  FLOWS_UNSUPPORTED: [422, 'Choose other flows, or move the VNF as a whole.'],
  FLOWS_CONFLICT: [
    409,
    'Move the parts named in the message first, or choose flows apart from them.',
  ],
  VNF_SPLIT: [
    409,
    'Name a part by its flows, or merge the parts first; `ferry vnf show` lists them.',
  ],
  VNF_ALREADY_THERE: [409, 'Name another host: the VNF already runs on this one.'],
  VNF_BUSY: [409, 'Wait for the running migration to end, then try again.'],
  VNF_NOT_SERVING: [409, 'Wait until the VNF serves; `ferry vnf show` tells its state.'],
  HOST_NOT_CONNECTED: [409, 'Start vnf-host on that host; `ferry watch` shows when it connects.'],
  HOST_PORT_IN_USE: [409, 'Name a host whose ports no other VNF uses.'],
  HOST_NOT_SUITABLE: [409, 'Name a host with a link to every network of the VNF.'],
  SWITCH_NOT_CONNECTED: [409, 'Connect the named switch to the controller, then try again.'],
  SWITCH_UNKNOWN: [404, 'Use a dpid from GET /stats/switches, or a switch that has connected.'],
  SWITCH_REFUSED: [422, 'Read the OpenFlow error type and code in the message.'],
  SWITCH_CLOSED: [503, 'Wait until the switch has connected again, then ask what it holds.'],
  SWITCH_TIMEOUT: [504, 'Check that the switch is not overloaded, then try again.'],
  SWITCH_BUSY: [503, 'The switch does not read fast enough; try again later.'],
  OWNED_BY_FERRY: [409, 'Leave Ferry’s own entries alone, or name yours more narrowly.'],
  OPENFLOW_VERSION: [501, 'Use the path named in the message.'],
  REPORT_NOT_READY: [409, 'Wait until the migration has ended.'],
  MIGRATION_FAILED: [500, 'Read the reason; the VNF goes on serving where `ferry vnf show` says.'],
  MIGRATION_ROLLED_BACK: [500, 'Read the reason; the VNF serves on its first host; try again.'],
  AGENT_REQUEST_FAILED: [502, 'Read the agent’s own error in the message.'],
  AGENT_TIMEOUT: [504, 'Check that vnf-host runs and that the management network is up.'],
  INSTANCE_UNKNOWN: [404, 'The instance has ended; `ferry vnf show` tells what runs.'],
  INSTANCE_STATE: [409, 'The instance is not in a state for this call.'],
  INSTANCE_FAILED: [500, 'Read the reason in the message; the agent restarts the instance.'],
  WIRE_TRUNCATED: [400, 'Give the whole frame: it ends before its fields do.'],
  WIRE_BAD_LENGTH: [
    400,
    'Check where the frame was cut: a length in it contradicts the bytes around it.',
  ],
  WIRE_BAD_VERSION: [400, 'Give OpenFlow 1.3 (version 4), from the first byte of a message on.'],
  WIRE_UNKNOWN_TYPE: [400, 'Use a message type that docs/openflow.md lists.'],
  WIRE_BAD_VALUE: [400, 'Correct the named field; docs/openflow.md lists what it takes.'],
  WIRE_TOO_LONG: [400, 'Send less in one message: a frame has at most 65535 bytes.'],
  HEX_INVALID: [400, 'Correct the named line; `ferry openflow print --help` says what is read.'],
  JSON_INVALID: [400, 'Give one JSON object a line, as `ferry openflow print` does.'],
  JSON_MISSING_FIELD: [400, 'Add the named field: it has no default.'],
  JSON_UNKNOWN_FIELD: [
    400,
    'Remove or correct the named field; the message lists those that there are.',
  ],
  JSON_BAD_VALUE: [400, 'Give the named field a value that it takes; docs/openflow.md lists them.'],
  PLUGIN_UNREADABLE: [400, 'Build the network function, and give its path on every host.'],
  PLUGIN_INVALID: [400, 'Check it with `ferry nf test PATH`; docs/third-party-nfs.md has a guide.'],
  PLUGIN_ABI: [400, 'Build the network function again with the headers of this Ferry.'],
  FILE_UNREADABLE: [400, 'Check the name of the file and that it may be read.'],
  CRIU_MISSING: [503, 'Run `bash mininet/setup.sh --criu`; `ferry doctor` says what was tried.'],
  CHECKPOINT_FAILED: [500, 'Read the reason; the instance goes on and earlier checkpoints stay.'],
  CHECKPOINT_UNKNOWN: [404, 'Use one that GET /v1/vnfs/{name}/checkpoints lists.'],
  CHECKPOINT_CORRUPT: [500, 'Use an earlier checkpoint, or the copy of another host.'],
  INTERNAL: [500, 'This is a defect of Ferry: please report it with the message.'],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorCode = keyof typeof ERROR_TABLE;

export interface Problem {
  code: ErrorCode;
  /** What is wrong, with the values at fault. */
  message: string;
  /** Path of the field at fault, like `vnfs.nat1.host`. */
  field?: string | undefined;
}

/** The one error class for faults that a user or a peer can meet. */
export class FerryError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;

  constructor(code: ErrorCode, message: string, field?: string) {
    super(message);
    this.name = 'FerryError';
    this.code = code;
    this.field = field;
  }

  get status(): number {
    return ERROR_TABLE[this.code][0];
  }

  /** A sentence that says what to do. */
  get advice(): string {
    return ERROR_TABLE[this.code][1];
  }

  toProblem(): Problem {
    return { code: this.code, message: this.message, field: this.field };
  }
}

/** True for a string that names an error of the table. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, text);
}

/** What a thrown value says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same for logs and reports: with its code, if it has one. */
export function reasonOf(error: unknown): string {
  return error instanceof FerryError ? `${error.code}: ${error.message}` : messageOf(error);
}

/** Any thrown value as a FerryError; what is not one already is INTERNAL. */
export function toFerryError(error: unknown): FerryError {
  if (error instanceof FerryError) return error;
  return new FerryError('INTERNAL', messageOf(error));
}
