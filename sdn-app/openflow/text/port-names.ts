// Reserved numbers by the names that Open vSwitch gives them.
import { group, port } from '../port-number.js';

const portNames = new Map<number, string>([
  [port.inPort, 'IN_PORT'],
  [port.table, 'TABLE'],
  [port.normal, 'NORMAL'],
  [port.flood, 'FLOOD'],
  [port.all, 'ALL'],
  [port.controller, 'CONTROLLER'],
  [port.local, 'LOCAL'],
  [port.any, 'ANY'],
]);

/** Undefined for a port that is not reserved. */
export function reservedPort(portNo: number): string | undefined {
  return portNames.get(portNo);
}

export function portName(portNo: number): string {
  return portNames.get(portNo) ?? portNo.toString();
}

export function groupName(groupId: number): string {
  if (groupId === group.all) return 'ALL';
  return groupId === group.any ? 'ANY' : groupId.toString();
}
