// A learning switch over Ferry's switch sessions: what these cost with the least logic above them.
import { match, flowMod, packetOut, port } from '../../sdn-app/openflow/index.js';
import {
  SwitchRegistry,
  listenForSwitches,
  type SwitchSession,
} from '../../sdn-app/switch/index.js';

const noAddress = 0;
const addressBytes = 6;
const registry = new SwitchRegistry();
const ports = new WeakMap<SwitchSession, Map<number, number>>();

registry.on('packetIn', (session, { match: fields, data }) => {
  const inPort = fields.find(({ field }) => field === 'inPort');
  if (inPort?.field !== 'inPort') return;
  const known = ports.get(session) ?? new Map<number, number>();
  ports.set(session, known);
  const destination = data.readUIntBE(noAddress, addressBytes);
  known.set(data.readUIntBE(addressBytes, addressBytes), inPort.value);
  const out = known.get(destination);
  const actions = [{ type: 'output' as const, port: out ?? port.flood, maxLength: 0 }];
  const packet = packetOut({ inPort: inPort.value, actions, data });
  if (out === undefined) {
    session.post([packet]);
    return;
  }
  const addresses = { ethSrc: textOf(data, addressBytes), ethDst: textOf(data, 0) };
  const flow = flowMod({
    priority: 1,
    idleTimeout: 60,
    match: match({ inPort: inPort.value, ...addresses }),
    instructions: [{ type: 'applyActions', actions }],
  });
  session.post([flow, packet]);
});

function textOf(data: Buffer, at: number): string {
  const hex = data.toString('hex', at, at + addressBytes);
  return hex.replace(/..(?!$)/g, '$&:');
}

await listenForSwitches({ address: '127.0.0.1', port: Number(process.argv[2]) }, registry);
