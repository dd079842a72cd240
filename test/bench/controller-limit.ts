// What Node's sockets allow a controller: every packet-in of the generator is answered with constant
// bytes and its own packet, at offsets that are known. No framing, no checks, no learning.
import { createServer } from 'node:net';

/** Of the generator's frames, see native/bench/swarm_frames.hpp. */
const packetInBytes = 102;
const dataAt = 42;

const greeting = Buffer.from('0400000800000001' + '0405000800000002', 'hex');
/** A flow-mod and a packet-out without its packet, as long as Ferry's: match, goto; output. */
const answer = Buffer.concat([
  Buffer.from('040e005000000000', 'hex'),
  Buffer.alloc(40),
  Buffer.from('00010016800000040000000180000806020000000001', 'hex'),
  Buffer.from('00000001000801000000', 'hex'),
  Buffer.from('040d006400000000ffffffff000000010010000000000000', 'hex'),
  Buffer.from('00000010000000020000000000000000', 'hex'),
]);
const answerBytes = answer.length + packetInBytes - dataAt;

const server = createServer({ noDelay: true }, (socket) => {
  let known = false;
  let rest = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    // Hello and the features reply: packet-ins come after them.
    while (!known && bytes.length - at >= 4) {
      if (bytes[at + 1] === 10) known = true;
      else if (at + bytes.readUInt16BE(at + 2) > bytes.length) break;
      else at += bytes.readUInt16BE(at + 2);
    }
    const count = known ? Math.floor((bytes.length - at) / packetInBytes) : 0;
    const out = Buffer.allocUnsafe(count * answerBytes);
    for (let index = 0; index < count; index++, at += packetInBytes) {
      const to = index * answerBytes;
      answer.copy(out, to);
      bytes.copy(out, to + answer.length, at + dataAt, at + packetInBytes);
    }
    rest = Buffer.from(bytes.subarray(at));
    if (count > 0) socket.write(out);
  });
  socket.write(greeting);
});
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 1024 });
