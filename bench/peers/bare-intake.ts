import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The floor of intake: reads the body, verifies the signature, answers 202, stores nothing. */
const secret = process.env.HOOK_SECRET ?? '';
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const expected = createHmac('sha256', secret).update(Buffer.concat(chunks)).digest();
    const given = Buffer.from(String(request.headers['x-signature-256']).slice('sha256='.length), 'hex');
    const ok = given.length === expected.length && timingSafeEqual(given, expected);
    const body = ok ? '{"status":"accepted"}' : '{"status":"refused"}';
    response.writeHead(ok ? 202 : 401, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
