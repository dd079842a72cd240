/**
 * A controller process that answers each packet-in with a flow and a packet. When switch 1 has
 * sent as many as one of its arguments says, it collects garbage and prints what it still uses.
 */
import { flowMod, packetOut, port } from '../../../sdn-app/openflow/index.js';
import { SwitchError, SwitchRegistry, listenForSwitches } from '../../../sdn-app/switch/index.js';

const counts = new Set(process.argv.slice(2).map(Number));
const registry = new SwitchRegistry();
// One that does not read shall stay, and count.
const limits = { stallMs: 600_000 };
const listener = await listenForSwitches({ address: '127.0.0.1', port: 0, limits }, registry);
const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
const actions = [{ type: 'output' as const, port: port.flood, maxLength: 0 }];
const instructions = [{ type: 'applyActions' as const, actions }];
let seen = 0;

registry.on('packetIn', (session, { match, data }) => {
  try {
    session.post([flowMod({ priority: 1, match, instructions }), packetOut({ actions, data })]);
  } catch (error) {
    if (!(error instanceof SwitchError)) throw error;
  }
  if (session.dpid !== 1n || !counts.has((seen += 1))) return;
  setImmediate(() => {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    say({ bytes: heapUsed + external, deafOut: registry.get(2n)?.counters.bytesOut });
  });
});
process.stdin.on('end', () => process.exit()).resume();
say({ port: listener.port });
