/** Faults of connections: packets that nftables drops or refuses, in tables of the tests' own. */
import { spawn } from 'node:child_process';
import { hostCommand } from '../../sdn-app/cli/lab/host.js';

/** An IPv4 segment with a timestamp and nothing else is 52 bytes long: more is data. */
export const TCP_DATA = 'tcp flags & (syn | fin | rst) == 0 ip length > 52';

let made = 0;

export interface Filter {
  /** Packets that met the rules so far. */
  hits(): Promise<number>;
  /** Lets everything through again; doing so twice does nothing. */
  remove(): Promise<void>;
}

/** Rules for what arrives at a host of the lab, or, without one, at the controller. The newest go first. */
export async function filterArriving(
  host: string | undefined,
  rules: readonly string[],
): Promise<Filter> {
  const prefix = host === undefined ? [] : await hostCommand(host);
  made += 1;
  const table = `inet ferry_fault_${made}`;
  const chain = [`type filter hook input priority ${-made}`, 'policy accept', ...rules];
  await nft(prefix, `table ${table} {\n chain arriving {\n ${chain.join('\n ')}\n }\n}\n`);
  let there = true;
  return {
    hits: async () => {
      const said = await nft(prefix, `list table ${table}\n`);
      const packets = [...said.matchAll(/counter packets (\d+)/g)].map(([, count]) =>
        Number(count),
      );
      return packets.reduce((sum, count) => sum + count, 0);
    },
    remove: async () => {
      if (!there) return;
      there = false;
      await nft(prefix, `delete table ${table}\n`);
    },
  };
}

function nft(prefix: readonly string[], script: string): Promise<string> {
  const words = [...prefix, 'nft', '-f', '-'];
  return new Promise((resolve, reject) => {
    const child = spawn('env', words, { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(said);
      else reject(new Error(`nft: ${complaint}`));
    });
    child.stdin.end(script);
  });
}
