/** A controller that answers from a table, over real HTTP. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';

export interface Answer {
  status?: number;
  body: unknown;
}

export interface FakeController {
  url: string;
  /** `METHOD /path body` of every request so far. */
  requests: string[];
  close: () => void;
}

/** `answers` maps `METHOD /path` to what is answered; a list is used up one by one. */
export async function fakeController(
  answers: Record<string, Answer | Answer[]>,
): Promise<FakeController> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const key = `${request.method ?? ''} ${request.url ?? ''}`;
      requests.push(`${key} ${body}`.trim());
      const found = answers[key];
      const answer = Array.isArray(found) ? (found.length > 1 ? found.shift() : found[0]) : found;
      response.writeHead(answer?.status ?? (answer === undefined ? 404 : 200), {
        'content-type': 'application/json',
      });
      response.end(JSON.stringify(answer?.body ?? {}));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export const problem = (status: number, code: string, detail: string, field?: string): Answer => ({
  status,
  body: { type: 'about:blank', title: code, status, detail, code, advice: 'Do it.', field },
});

const FERRY = fileURLToPath(new URL('../../../../sdn-app/cli/ferry.mjs', import.meta.url));

export interface Said {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The command as a process of its own, as scripts run it. */
export function ferry(url: string, ...parameters: string[]): Promise<Said> {
  return run(url, process.execPath, [FERRY, ...parameters]);
}

/** The same for a reader that goes before anything is said; its exit code is said on stderr. */
export function ferryUnread(url: string, ...parameters: string[]): Promise<Said> {
  const script = '{ "$@"; echo "code $?" >&2; } | true';
  return run(url, 'sh', ['-c', script, 'sh', process.execPath, FERRY, ...parameters]);
}

function run(url: string, program: string, parameters: readonly string[]): Promise<Said> {
  const child = spawn(program, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FERRY_URL: url },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...said }));
  });
}
