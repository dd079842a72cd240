/**
 * The calls an instance takes. The agent has validated them against the contract's schemas; the
 * instance checks them again by the small tables here, because loading the schema library would
 * add half again to its start. The type of CALL_FIELDS ties the tables to the contract.
 */
import { ProblemError } from './problem.js';
import type { ControlCall, ControlRequest, DatapathCall, JsonValue } from './protocol.js';
import type { NativeInstance } from './native.js';

type Flows = Extract<ControlCall, { method: 'forget' }>['flows'];
type Check = (value: unknown) => boolean;

type CallFields = {
  readonly [M in ControlCall['method']]: {
    readonly [K in Exclude<keyof Extract<ControlCall, { method: M }>, 'method'>]-?: Check;
  };
};

const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);

const isAddress = matches(/^(\d{1,3})(\.\d{1,3}){3}$/);
const isNetwork = matches(/^(\d{1,3})(\.\d{1,3}){3}\/\d{1,2}$/);
const isToken = matches(/^[0-9a-f]{32}$/);
const isPort: Check = (value) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65535;

const isAbsentOrTrue: Check = (value) => value === undefined || value === true;
const isContent: Check = (value) => value === undefined || value === 'packets';
const isSilence: Check = (value) =>
  value === undefined || (Number.isInteger(value) && Number(value) >= 5 && Number(value) <= 10_000);
const FLOW_FIELDS: { readonly [K in keyof Flows]-?: Check } = {
  src: isNetwork,
  sport: isPort,
  dport: isPort,
  spi: (value) => Number.isInteger(value) && Number(value) >= 1,
};
const isFlows: Check = (value) =>
  isObject(value) &&
  Object.keys(value).every((key) => Object.hasOwn(FLOW_FIELDS, key)) &&
  Object.entries(FLOW_FIELDS).every(
    ([key, check]) => value[key] === undefined || check(value[key]),
  );
const isPart: Check = (value) => value === undefined || isFlows(value);
const isParts: Check = (value) =>
  Array.isArray(value) && value.length >= 1 && value.length <= 64 && value.every(isFlows);

const CALL_FIELDS: CallFields = {
  listen: { address: isAddress, token: isToken, silenceMs: isSilence, flows: isPart },
  connect: {
    address: isAddress,
    port: isPort,
    token: isToken,
    standing: isAbsentOrTrue,
    commit: isAbsentOrTrue,
    content: isContent,
    flows: isPart,
  },
  forget: { flows: isFlows },
  expectRelay: { token: isToken },
  listenReplica: { address: isAddress, token: isToken, silenceMs: isSilence, parts: isParts },
  armReplica: {},
  takeoverReplica: {},
  dropReplica: {},
  arm: {},
  prepareSwitch: {},
  switched: {},
  abort: {},
  resume: {},
  takeover: { atOnce: isAbsentOrTrue },
  stats: {},
  stop: {},
  unlink: {},
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The request on a line; undefined when there is no id to answer to. */
export function readRequest(line: string): { id: number; call: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value) || !Number.isSafeInteger(value['id'])) return undefined;
  return { id: Number(value['id']), call: value['call'] };
}

/** Throws REQUEST_INVALID, with the field, for anything that the contract does not allow. */
export function checkCall(value: unknown): ControlRequest['call'] {
  if (!isObject(value)) throw new ProblemError('REQUEST_INVALID', 'a call is an object', 'call');
  const method = value['method'];
  if (typeof method !== 'string' || !Object.hasOwn(CALL_FIELDS, method)) {
    throw new ProblemError('REQUEST_INVALID', 'the call names no known method', 'method');
  }
  const checks: Readonly<Record<string, Check>> = CALL_FIELDS[method as ControlCall['method']];
  for (const key of Object.keys(value)) {
    if (key !== 'method' && !Object.hasOwn(checks, key)) {
      throw new ProblemError('REQUEST_INVALID', `${method} takes no such field`, key);
    }
  }
  for (const [field, check] of Object.entries(checks)) {
    if (!check(value[field])) {
      throw new ProblemError('REQUEST_INVALID', `${method} needs a valid ${field}`, field);
    }
  }
  return value as ControlCall;
}

/** Runs one call of the datapath. */
export function perform(
  instance: NativeInstance,
  call: DatapathCall,
  stats: () => JsonValue,
): JsonValue {
  switch (call.method) {
    case 'listen':
      return { port: instance.listen(call.address, call.token, call.silenceMs, call.flows).port };
    case 'connect': {
      const { address, port, token, content = 'statelets', flows } = call;
      const part = flows === undefined ? {} : { flows };
      const standing = call.standing === true;
      const commit = call.commit === true;
      instance.connect({ address, port, token, standing, commit, content, ...part });
      return {};
    }
    case 'takeover':
      instance.takeover(call.atOnce === true);
      return {};
    case 'forget':
      instance.forget(call.flows);
      return {};
    case 'expectRelay':
      instance.expectRelay(call.token);
      return {};
    case 'listenReplica': {
      const { address, token, silenceMs = 0, parts } = call;
      return { port: instance.listenReplica(address, token, silenceMs, parts).port };
    }
    case 'stats':
      return stats();
    default:
      instance[call.method]();
      return {};
  }
}
