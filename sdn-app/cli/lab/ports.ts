/** TCP ports of the lab's controller: probed before anything is made. */
import { createServer, type AddressInfo } from 'node:net';
import { FerryError } from '../../contract/errors.js';

export const OPENFLOW_PORT = 6653;
export const HTTP_PORT = 8181;
const LOOPBACK = '127.0.0.1';

/** @throws FerryError PORT_IN_USE, naming the option. */
export async function requireFree(port: number, option: string): Promise<void> {
  if ((await listenOnce(port)) === undefined) {
    throw new FerryError('PORT_IN_USE', `${LOOPBACK}:${port} is in use`, option);
  }
}

/** The wanted port, or any other when it is in use. */
export async function freePort(wanted: number): Promise<number> {
  const port = (await listenOnce(wanted)) ?? (await listenOnce(0));
  if (port === undefined) throw new FerryError('PORT_IN_USE', `no TCP port on ${LOOPBACK} is free`);
  return port;
}

/** Port of a listener that was opened and closed again; undefined when it cannot be. */
function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, LOOPBACK, () => {
      const { port: found } = server.address() as AddressInfo;
      server.close(() => resolve(found));
    });
  });
}
