// Which frames a flow entry of the fabric's switches takes.
import { parseMac, type OxmField } from '../../../sdn-app/openflow/index.js';

export function matches(match: readonly OxmField[], inPort: number, frame: Buffer): boolean {
  return match.every((field) => {
    switch (field.field) {
      case 'inPort':
        return field.value === inPort;
      case 'ethType':
        return field.value === frame.readUInt16BE(12);
      case 'ethDst':
        return equalMac(frame.readUIntBE(0, 6), field.value, field.mask);
      case 'ethSrc':
        return equalMac(frame.readUIntBE(6, 6), field.value, field.mask);
      default:
        throw new Error(`the fabric does not match ${field.field}`);
    }
  });
}

function equalMac(found: number, wanted: string, mask = 'ff:ff:ff:ff:ff:ff'): boolean {
  const bits = (mac: number | undefined): bigint => BigInt(mac ?? 0);
  const masked = bits(parseMac(mask));
  return (bits(found) & masked) === (bits(parseMac(wanted)) & masked);
}
