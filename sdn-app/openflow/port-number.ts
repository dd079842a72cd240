// Reserved numbers (section 7.2.1 for ports, 7.3.4.2 for groups, 7.3.3 for tables).

/** Port numbers with a meaning of their own. */
export const port = {
  /** The highest number of a physical or logical port. */
  max: 0xffffff00,
  /** Out of the port that the packet came in by; no other number does that. */
  inPort: 0xfffffff8,
  /** Through the flow tables; in packet-outs only. */
  table: 0xfffffff9,
  normal: 0xfffffffa,
  flood: 0xfffffffb,
  all: 0xfffffffc,
  controller: 0xfffffffd,
  local: 0xfffffffe,
  /** No restriction, or no port. */
  any: 0xffffffff,
} as const;

/** Group numbers with a meaning of their own. */
export const group = { max: 0xffffff00, all: 0xfffffffc, any: 0xffffffff } as const;

/** Table numbers with a meaning of their own. */
export const table = { max: 0xfe, all: 0xff } as const;

/** Meter numbers with a meaning of their own (section 7.3.4.4). */
export const meter = {
  max: 0xffff0000,
  /** For packets that need the slow path. */
  slowPath: 0xfffffffd,
  /** For packets to the controller. */
  controller: 0xfffffffe,
  all: 0xffffffff,
} as const;

/** Queue numbers with a meaning of their own (section 7.2.2). */
export const queue = { all: 0xffffffff } as const;

/** The packet is in the message, not in a buffer of the switch. */
export const noBuffer = 0xffffffff;

/** `maxLength` of an output to the controller (section 7.2.5). */
export const maxLength = {
  /** The largest number of bytes that can be asked for. */
  max: 0xffe5,
  /** The whole packet, not buffered. */
  noBuffer: 0xffff,
} as const;
