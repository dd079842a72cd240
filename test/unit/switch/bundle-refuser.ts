/** Stands between a switch and the controller, and makes the switch one that knows no bundles. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Framer, decode, encode, error, errorCause } from '../../../sdn-app/openflow/index.js';

export interface BundleRefuser {
  port: number;
  /** Bundles that were asked for. */
  refused(): number;
  close(): void;
}

export async function refuseBundles(controllerPort: number): Promise<BundleRefuser> {
  const sockets = new Set<Socket>();
  let refused = 0;
  const server = createServer((toSwitch) => {
    const toController = connect(controllerPort, '127.0.0.1');
    const framer = new Framer();
    for (const [socket, other] of [
      [toSwitch, toController],
      [toController, toSwitch],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => other.destroy());
    }
    toSwitch.pipe(toController);
    toController.on('data', (chunk) => {
      for (const frame of framer.push(chunk)) {
        const { type, xid } = decode(frame);
        if (type === 'bundleControl' || type === 'bundleAdd') {
          refused += 1;
          const cause = errorCause.make.badRequest({ code: 'badExperimenter' });
          toController.write(encode(error({ xid, error: cause, data: frame.subarray(0, 64) })));
        } else {
          toSwitch.write(frame);
        }
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    refused: () => refused,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
