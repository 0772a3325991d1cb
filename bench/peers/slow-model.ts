import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A model that thinks for ever: whoever asks it stays busy without using the processor. */
const server = createServer((request) => request.resume());
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
