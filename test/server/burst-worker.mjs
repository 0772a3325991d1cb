import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * Posts `total` signed events, each with an id of its own, over keep-alive sockets, and tells what was answered. A
 * thread of its own, so that whoever measures the server at the same time measures the server.
 */
const { port, path, secret, connections, total, prefix } = workerData;
const answers = [];
const times = [];
let sent = 0;

function request(n) {
  const body = JSON.stringify({ event: `${prefix}-${n}`, text: 'x'.repeat(1000) });
  const mac = createHmac('sha256', secret).update(body).digest('hex');
  return [
    `POST ${path} HTTP/1.1`,
    'host: localhost',
    'content-type: application/json',
    `x-signature: ${mac}`,
    `idempotency-key: ${prefix}-${n}`,
    `content-length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

function client() {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    let began = 0;
    const next = () => {
      if (sent >= total) return socket.end();
      sent += 1;
      began = performance.now();
      socket.write(request(sent));
    };
    socket.on('connect', next);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (head < 0 || text.length < head + 4 + length) return;
      times.push(performance.now() - began);
      answers.push({
        status: Number(text.slice(9, 12)),
        retryAfter: /retry-after: (\d+)/i.exec(text)?.[1],
        run: /"run":"(run_\w+)"/.exec(text)?.[1],
      });
      text = '';
      next();
    });
    socket.on('error', reject);
    socket.on('close', resolve);
  });
}

await Promise.all(Array.from({ length: connections }, client));
parentPort.postMessage({ answers, times });
