/**
 * A process that waits to become an instance, with what is slow about a start behind it, packet rings
 * among it: `node spare.js NAME ENTRY`. Its agent connects to the abstract socket NAME, holds the
 * connection, and writes the path of a manifest when there is one. When the agent goes without a
 * word, so does the process.
 */
import { createServer, type Socket } from 'node:net';
import { LineSplitter } from './lines.js';
// What the entry will need is in memory then.
import './run.js';

/** How long the agent may take to connect: it tries many times a second. */
const PATIENCE_MS = 3_000;

const [, , name = '', entry = ''] = process.argv;
process.title = 'ferry-instance (spare)';

function manifestFrom(agent: Socket): Promise<string> {
  const splitter = new LineSplitter();
  return new Promise((resolve) => {
    agent.on('error', () => undefined);
    agent.on('close', () => process.exit(0));
    agent.on('data', (chunk) => {
      const [path] = splitter.push(chunk);
      if (path === undefined) return;
      agent.removeAllListeners('close');
      agent.destroy();
      resolve(path);
    });
  });
}

function agentAt(where: string): Promise<Socket> {
  return new Promise((resolve) => {
    const patience = setTimeout(() => process.exit(0), PATIENCE_MS);
    const server = createServer((socket) => {
      clearTimeout(patience);
      server.close();
      resolve(socket);
    });
    server.listen(where);
  });
}

// A datapath that cannot be loaded is the instance's to report, not the spare's.
const native = import('../../native/index.js').catch(() => undefined);
const agent = await agentAt(`\0${name}`);
const given = manifestFrom(agent);
(await native)?.preparePorts();
const path = await given;
process.argv.splice(1, Infinity, entry, path);
await import(entry);
