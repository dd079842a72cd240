// What one writes without a library: reads and writes at offsets, of just the fields and actions
// that the benchmark's messages have. The yardstick of the codec that is derived from declarations.
import type {
  Action,
  FlowMod,
  FlowStats,
  Instruction,
  MultipartReply,
  OxmField,
  PacketIn,
} from '../../sdn-app/openflow/index.js';

const hexByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const flowModBytes = 48;
const flowStatsBytes = 48;

const oxm = {
  inPort: 0x80000004,
  ethDst: 0x80000606,
  ethType: 0x80000a02,
  ipProto: 0x80001401,
  ipv4DstMasked: 0x80001908,
  udpDst: 0x80002002,
} as const;

function unsupported(what: string): never {
  throw new Error(`not written by hand: ${what}`);
}

function mac(frame: Buffer, at: number): string {
  let text = hexByte[frame[at] ?? 0] ?? '';
  for (let i = 1; i < 6; i++) text += `:${hexByte[frame[at + i] ?? 0] ?? ''}`;
  return text;
}

function ipv4(frame: Buffer, at: number): string {
  return `${frame[at] ?? 0}.${frame[at + 1] ?? 0}.${frame[at + 2] ?? 0}.${frame[at + 3] ?? 0}`;
}

function decodeOxm(frame: Buffer, at: number): OxmField {
  const header = frame.readUInt32BE(at);
  const value = at + 4;
  switch (header) {
    case oxm.inPort:
      return { field: 'inPort', value: frame.readUInt32BE(value) };
    case oxm.ethDst:
      return { field: 'ethDst', value: mac(frame, value) };
    case oxm.ethType:
      return { field: 'ethType', value: frame.readUInt16BE(value) };
    case oxm.ipProto:
      return { field: 'ipProto', value: frame.readUInt8(value) };
    case oxm.ipv4DstMasked:
      return { field: 'ipv4Dst', value: ipv4(frame, value), mask: ipv4(frame, value + 4) };
    case oxm.udpDst:
      return { field: 'udpDst', value: frame.readUInt16BE(value) };
    default:
      return unsupported(`match field ${header}`);
  }
}

function decodeMatch(frame: Buffer, at: number): OxmField[] {
  const end = at + frame.readUInt16BE(at + 2);
  const fields: OxmField[] = [];
  for (let next = at + 4; next < end; next += 4 + frame.readUInt8(next + 3)) {
    fields.push(decodeOxm(frame, next));
  }
  return fields;
}

function paddedMatchBytes(frame: Buffer, at: number): number {
  return (frame.readUInt16BE(at + 2) + 7) & ~7;
}

function decodeActions(frame: Buffer, from: number, end: number): Action[] {
  const actions: Action[] = [];
  for (let at = from; at < end; at += frame.readUInt16BE(at + 2)) {
    const type = frame.readUInt16BE(at);
    if (type === 0) {
      const port = frame.readUInt32BE(at + 4);
      actions.push({ type: 'output', port, maxLength: frame.readUInt16BE(at + 8) });
    } else if (type === 25) {
      actions.push({ type: 'setField', field: decodeOxm(frame, at + 4) });
    } else unsupported(`action ${type}`);
  }
  return actions;
}

function decodeInstructions(frame: Buffer, from: number, end: number): Instruction[] {
  const instructions: Instruction[] = [];
  for (let at = from; at < end; at += frame.readUInt16BE(at + 2)) {
    const type = frame.readUInt16BE(at);
    if (type === 1) instructions.push({ type: 'gotoTable', tableId: frame.readUInt8(at + 4) });
    else if (type === 4) {
      const actions = decodeActions(frame, at + 8, at + frame.readUInt16BE(at + 2));
      instructions.push({ type: 'applyActions', actions });
    } else unsupported(`instruction ${type}`);
  }
  return instructions;
}

export function decodeFlowMod(frame: Buffer): FlowMod {
  if (frame.readUInt8(25) !== 0 || frame.readUInt16BE(44) !== 0) unsupported('command or flags');
  const instructionsAt = flowModBytes + paddedMatchBytes(frame, flowModBytes);
  return {
    type: 'flowMod',
    xid: frame.readUInt32BE(4),
    cookie: frame.readBigUInt64BE(8),
    cookieMask: frame.readBigUInt64BE(16),
    tableId: frame.readUInt8(24),
    command: 'add',
    idleTimeout: frame.readUInt16BE(26),
    hardTimeout: frame.readUInt16BE(28),
    priority: frame.readUInt16BE(30),
    bufferId: frame.readUInt32BE(32),
    outPort: frame.readUInt32BE(36),
    outGroup: frame.readUInt32BE(40),
    flags: [],
    match: decodeMatch(frame, flowModBytes),
    instructions: decodeInstructions(frame, instructionsAt, frame.length),
  };
}

const reasons = ['noMatch', 'action', 'invalidTtl'] as const;

export function decodePacketIn(frame: Buffer): PacketIn {
  const dataAt = 24 + paddedMatchBytes(frame, 24) + 2;
  return {
    type: 'packetIn',
    xid: frame.readUInt32BE(4),
    bufferId: frame.readUInt32BE(8),
    totalLength: frame.readUInt16BE(12),
    reason: reasons[frame.readUInt8(14)] ?? unsupported('reason'),
    tableId: frame.readUInt8(15),
    cookie: frame.readBigUInt64BE(16),
    match: decodeMatch(frame, 24),
    data: frame.subarray(dataAt),
  };
}

function decodeFlowStats(frame: Buffer, at: number, end: number): FlowStats {
  const matchAt = at + flowStatsBytes;
  if (frame.readUInt16BE(at + 18) !== 0) unsupported('flags');
  return {
    tableId: frame.readUInt8(at + 2),
    durationSec: frame.readUInt32BE(at + 4),
    durationNsec: frame.readUInt32BE(at + 8),
    priority: frame.readUInt16BE(at + 12),
    idleTimeout: frame.readUInt16BE(at + 14),
    hardTimeout: frame.readUInt16BE(at + 16),
    flags: [],
    cookie: frame.readBigUInt64BE(at + 24),
    packetCount: frame.readBigUInt64BE(at + 32),
    byteCount: frame.readBigUInt64BE(at + 40),
    match: decodeMatch(frame, matchAt),
    instructions: decodeInstructions(frame, matchAt + paddedMatchBytes(frame, matchAt), end),
  };
}

export function decodeFlowStatsReply(frame: Buffer): MultipartReply {
  const flows: FlowStats[] = [];
  for (let at = 16; at < frame.length;) {
    const end = at + frame.readUInt16BE(at);
    flows.push(decodeFlowStats(frame, at, end));
    at = end;
  }
  const xid = frame.readUInt32BE(4);
  return { type: 'multipartReply', xid, flags: [], body: { kind: 'flow', flows } };
}

const scratch = Buffer.alloc(0xffff);

function writeMac(text: string, at: number): void {
  for (let i = 0; i < 6; i++) scratch[at + i] = parseInt(text.slice(3 * i, 3 * i + 2), 16);
}

function writeIpv4(text: string, at: number): void {
  const parts = text.split('.');
  for (let i = 0; i < 4; i++) scratch[at + i] = Number(parts[i]);
}

/** Returns where it ends. */
function encodeOxm(field: OxmField, at: number): number {
  const value = at + 4;
  switch (field.field) {
    case 'inPort':
      scratch.writeUInt32BE(oxm.inPort, at);
      return scratch.writeUInt32BE(field.value, value);
    case 'ethDst':
      scratch.writeUInt32BE(oxm.ethDst, at);
      writeMac(field.value, value);
      return value + 6;
    case 'ethType':
      scratch.writeUInt32BE(oxm.ethType, at);
      return scratch.writeUInt16BE(field.value, value);
    case 'ipProto':
      scratch.writeUInt32BE(oxm.ipProto, at);
      return scratch.writeUInt8(field.value, value);
    case 'ipv4Dst':
      scratch.writeUInt32BE(oxm.ipv4DstMasked, at);
      writeIpv4(field.value, value);
      writeIpv4(field.mask ?? unsupported('no mask'), value + 4);
      return value + 8;
    case 'udpDst':
      scratch.writeUInt32BE(oxm.udpDst, at);
      return scratch.writeUInt16BE(field.value, value);
    default:
      return unsupported(`match field ${field.field}`);
  }
}

function padTo8(from: number, start: number): number {
  const end = start + ((from - start + 7) & ~7);
  scratch.fill(0, from, end);
  return end;
}

function encodeAction(action: Action, at: number): number {
  let end: number;
  if (action.type === 'output') {
    scratch.writeUInt16BE(0, at);
    scratch.writeUInt32BE(action.port, at + 4);
    scratch.writeUInt16BE(action.maxLength, at + 8);
    scratch.fill(0, at + 10, at + 16);
    end = at + 16;
  } else if (action.type === 'setField') {
    scratch.writeUInt16BE(25, at);
    end = padTo8(encodeOxm(action.field, at + 4), at);
  } else return unsupported(`action ${action.type}`);
  scratch.writeUInt16BE(end - at, at + 2);
  return end;
}

function encodeInstruction(instruction: Instruction, at: number): number {
  let end = at + 8;
  scratch.fill(0, at + 4, end);
  if (instruction.type === 'gotoTable') {
    scratch.writeUInt16BE(1, at);
    scratch.writeUInt8(instruction.tableId, at + 4);
  } else if (instruction.type === 'applyActions') {
    scratch.writeUInt16BE(4, at);
    for (const action of instruction.actions) end = encodeAction(action, end);
  } else return unsupported(`instruction ${instruction.type}`);
  scratch.writeUInt16BE(end - at, at + 2);
  return end;
}

export function encodeFlowMod(message: FlowMod): Buffer {
  if (message.command !== 'add' || message.flags.length > 0) unsupported('command or flags');
  scratch.writeUInt16BE(0x040e, 0);
  scratch.writeUInt32BE(message.xid, 4);
  scratch.writeBigUInt64BE(message.cookie, 8);
  scratch.writeBigUInt64BE(message.cookieMask, 16);
  scratch.writeUInt8(message.tableId, 24);
  scratch.writeUInt8(0, 25);
  scratch.writeUInt16BE(message.idleTimeout, 26);
  scratch.writeUInt16BE(message.hardTimeout, 28);
  scratch.writeUInt16BE(message.priority, 30);
  scratch.writeUInt32BE(message.bufferId, 32);
  scratch.writeUInt32BE(message.outPort, 36);
  scratch.writeUInt32BE(message.outGroup, 40);
  scratch.writeUInt32BE(0, 44);
  scratch.writeUInt16BE(1, flowModBytes);
  let at = flowModBytes + 4;
  for (const field of message.match) at = encodeOxm(field, at);
  scratch.writeUInt16BE(at - flowModBytes, flowModBytes + 2);
  at = padTo8(at, flowModBytes);
  for (const instruction of message.instructions) at = encodeInstruction(instruction, at);
  scratch.writeUInt16BE(at, 2);
  return Buffer.from(scratch.subarray(0, at));
}
