/**
 * What Open vSwitch reads in the frames of the vectors, and in matches on every field: by the
 * words that it prints, a field in the wrong place is seen.
 */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import { encode, flowMod, match, type OxmName } from '../../../sdn-app/openflow/index.js';
import { oxmFields } from '../../../sdn-app/openflow/oxm-registry.js';
import type { Shape } from '../../../sdn-app/openflow/shape.js';
import { companions, foreignFields, wordsOf } from './ovs-fields.js';
import { foreignVectors, vectorWords } from './ovs-words.js';
import { vectors } from './vectors.js';

const missing = spawnSync('ovs-ofctl', ['--version']).error !== undefined;
const skip = missing ? 'ovs-ofctl is not installed: apt-get install openvswitch-common' : false;

async function print(frame: Buffer): Promise<string> {
  const { stdout } = await promisify(execFile)('ovs-ofctl', ['ofp-print', frame.toString('hex')]);
  return stdout;
}

t.test(
  'each vector says to Open vSwitch what it is meant to',
  { skip, timeout: 240_000 },
  async (t) => {
    for (const { name, frame } of vectors) {
      if (foreignVectors.includes(name)) continue;
      const [message, ...words] = vectorWords[name] ?? [];
      if (message === undefined) {
        t.fail(`${name} has no words`);
        continue;
      }
      const printed = await print(frame);
      t.notMatch(printed, /decode error|truncated/, name);
      t.ok(printed.startsWith(message), `${name}: ${message}`, { printed });
      for (const said of words) t.ok(printed.includes(said), `${name}: ${said}`, { printed });
    }
  },
);

function one(shape: Shape): unknown {
  switch (shape.is) {
    case 'address':
      return { mac: '02:00:00:00:00:01', ipv4: '10.0.0.1', ipv6: '2001:db8::1' }[shape.of];
    case 'bigint':
      return 1n;
    case 'bytes':
      return Buffer.alloc(shape.size ?? 0, 1);
    default:
      return 1;
  }
}

/** A match on a field and all that must be there too. */
function matchOn(name: string): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...companions[name as OxmName] };
  const need = (field: string): void => {
    for (const { field: needed, values } of oxmFields[field as OxmName].needs) {
      // For those that need no value in particular: a VLAN, a tracked connection.
      const any = needed === 'vlanVid' ? 0x1001 : needed === 'ctState' ? 0x20 : 1;
      fields[needed] ??= values?.[0] ?? any;
      need(needed);
    }
  };
  for (const field of [name, ...Object.keys(fields)]) need(field);
  fields[name] ??= one(oxmFields[name as OxmName].kind.shape);
  return fields;
}

t.test(
  'each match field is the one that Open vSwitch takes it for',
  { skip, timeout: 240_000 },
  async (t) => {
    for (const name of Object.keys(oxmFields)) {
      const printed = await print(encode(flowMod({ match: match(matchOn(name)) })));
      const words = wordsOf(name);
      if (foreignFields.includes(name)) t.match(printed, /OFPBMC_BAD_FIELD/, name);
      else t.ok(printed.includes(`: ADD ${words ?? '?'} actions=drop`), name, { printed });
    }
  },
);
