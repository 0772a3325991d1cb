import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import type { Automation } from '../../../src/domain/automation.ts';
import { world } from '../../agent/session-world.ts';
import { serverWorld, signed, signedHook } from '../../server/world.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { madeSecrets } from '../../support/made-bundle.ts';
import { done } from '../ask.ts';
import { type AttackCase, attacksInto } from '../attack-case.ts';

export const intakeCases: AttackCase[] = [];
const attack = attacksInto(intakeCases);

const BODY = '{"service":"checkout"}';

type Server = Awaited<ReturnType<typeof serverWorld>>;

async function queued({ database }: Server): Promise<number> {
  return (await database.countRuns()).queued;
}

async function statusOf({ url }: Server, headers: Record<string, string>, body: string | Uint8Array = BODY) {
  const init = { method: 'POST', headers, body: typeof body === 'string' ? body : new Uint8Array(body) };
  return (await fetch(`${url}/webhooks/hook`, init)).status;
}

/** Sends bytes as they are; the statuses of all answers until the server hangs up or is quiet. */
function rawStatuses(port: number, bytes: string): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    let text = '';
    const statuses = () => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(500, () => {
      socket.destroy();
      resolve(statuses());
    });
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(statuses()));
  });
}

/** The whole prompt of a run that this body starts. */
async function promptOf(body: string): Promise<string> {
  const session = world({ event: { source: 'webhook', format: 'json', body }, script: [done] });
  await session.run();
  return JSON.stringify(session.requests[0]?.messages);
}

attack('HOOK-01', 'without a signature nothing starts and nothing is echoed', async () => {
  const server = await serverWorld({ automations: [signedHook()] });
  const response = await fetch(`${server.url}/webhooks/hook`, { method: 'POST', body: 'SECRETDATA' });
  expect([response.status, await response.text()]).toEqual([401, '{"error":"unauthorized"}']);
  expect(await queued(server)).toBe(0);
});

attack('HOOK-03', 'an unset or empty secret accepts nobody', async () => {
  const unset: Readonly<Record<string, string>>[] = [{}, { EMPTY: '' }];
  for (const env of unset) {
    const hook: Automation = {
      ...signedHook(),
      webhookAuth: { type: 'hmac-sha256', secrets: ['env:EMPTY'], options: { header: 'X-Hub-Signature-256' } },
    };
    const server = await serverWorld({ automations: [hook], bundle: { secrets: madeSecrets(env) } });
    for (const key of ['', 'undefined', 'null']) {
      const mac = createHmac('sha256', key).update(BODY).digest('hex');
      expect(await statusOf(server, { 'x-hub-signature-256': `sha256=${mac}` })).toBe(503);
    }
    expect(await queued(server)).toBe(0);
  }
});

attack('HOOK-05', "another hook's signature is no signature", async () => {
  const other = {
    ...signedHook('other'),
    webhookAuth: {
      type: 'hmac-sha256',
      secrets: ['another-secret-0123456789'],
      options: { header: 'X-Hub-Signature-256' },
    },
  };
  const server = await serverWorld({ automations: [signedHook(), other] });
  const response = await fetch(`${server.url}/webhooks/other`, { method: 'POST', headers: signed(BODY), body: BODY });
  expect(response.status).toBe(401);
  expect(await queued(server)).toBe(0);
});

attack('HOOK-07', 'two signatures in two headers are none', async () => {
  const server = await serverWorld({ automations: [signedHook()] });
  const good = signed(BODY)['x-hub-signature-256'];
  for (const pair of [
    [good, 'sha256=00'],
    [good, good],
  ]) {
    const lines = pair.map((value) => `X-Hub-Signature-256: ${value}\r\n`).join('');
    const head = `POST /webhooks/hook HTTP/1.1\r\nHost: x\r\n${lines}Content-Length: ${BODY.length}\r\n\r\n`;
    expect((await rawStatuses(server.port, head + BODY))[0]).toBe(400);
  }
  expect(await queued(server)).toBe(0);
});

attack('HOOK-09', 'ids and times are what the standard says, nothing longer or stranger', async () => {
  const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
  const hook: Automation = {
    ...signedHook(),
    webhookAuth: { type: 'standard-webhooks', secrets: [secret], options: {} },
  };
  const clock = new FakeClock();
  const server = await serverWorld({ automations: [hook], clock });
  const now = String(Math.floor(clock.now() / 1000));
  const key = Buffer.from(secret.slice(6), 'base64');
  const headers = (id: string, time: string) => ({
    'webhook-id': id,
    'webhook-timestamp': time,
    'webhook-signature': `v1,${createHmac('sha256', key).update(`${id}.${time}.${BODY}`).digest('base64')}`,
  });
  for (const time of ['1.5', '1e9', '-1', '999999999999999', '', '0x1', ` ${now}9`]) {
    expect([time, await statusOf(server, headers('msg_1', time))]).toEqual([time, 401]);
  }
  expect([400, 401, 431]).toContain(await statusOf(server, headers('x'.repeat(10_000), now)));
  expect(await queued(server)).toBe(0);
  expect(await statusOf(server, headers('msg_2', now))).toBe(202);
});

attack('HOOK-11', 'a compressed body is refused before it is opened', async () => {
  const server = await serverWorld({ automations: [signedHook()] });
  const zeros = Buffer.alloc(20_000_000);
  const bombs: readonly (readonly [string, Buffer])[] = [
    ['gzip', gzipSync(zeros)],
    ['gzip, gzip', gzipSync(gzipSync(zeros))],
    ['br', brotliCompressSync(zeros.subarray(0, 1_000_000))],
    [Array.from({ length: 200 }, () => 'gzip').join(', '), gzipSync('{}')],
  ];
  const before = process.memoryUsage().rss;
  for (const [encoding, body] of bombs) {
    expect(await statusOf(server, signed(body, { 'content-encoding': encoding }), body)).toBe(415);
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  expect(await queued(server)).toBe(0);
});

attack('HOOK-13', 'numbers reach the model digit for digit', async () => {
  const numbers = ['1e400', '12345678901234567890', '-0', '0.1e-999999'];
  const prompt = await promptOf(`{"n":[${numbers.join(',')}]}`);
  expect(prompt).toContain(`[${numbers.join(',')}]`);
  const started = performance.now();
  expect(await promptOf(`{"n":1${'0'.repeat(1_000_000)}}`)).not.toMatch(/Infinity|null/);
  expect(performance.now() - started).toBeLessThan(2_000);
});

attack('HOOK-15', 'names of prototypes are data', async () => {
  const server = await serverWorld({ automations: [signedHook()] });
  const body = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
  expect(await statusOf(server, signed(body), body)).toBe(202);
  expect(await promptOf(body)).toContain('__proto__');
  expect({}).not.toHaveProperty('polluted');
});

attack('HOOK-17', 'half a character is told as its escape', async () => {
  const body = '{"t":"\\ud83d"}';
  const server = await serverWorld({ automations: [signedHook()] });
  expect(await statusOf(server, signed(body), body)).toBe(202);
  const prompt = await promptOf(body);
  expect(prompt).not.toMatch(/\p{Surrogate}/u);
  expect(prompt).toContain('ud83d');
});

attack('HOOK-19', 'other methods start nothing, and no other origin is let in', async () => {
  const server = await serverWorld({ automations: [signedHook()] });
  const hook = `${server.url}/webhooks/hook`;
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const response = await fetch(hook, { method, headers: { origin: 'https://evil.test' } });
    expect([method, response.status]).toEqual([method, 405]);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  }
  expect((await fetch(hook, { method: 'HEAD' })).status).toBe(200);
  expect(await queued(server)).toBe(0);
  expect(await statusOf(server, signed('no json', { 'content-type': 'text/plain' }), 'no json')).toBe(202);
});

attack('HOOK-21', 'a request in a request is not read', async () => {
  const server = await serverWorld({ automations: [signedHook()] });
  const inner = `POST /webhooks/hook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: ${signed(BODY)['x-hub-signature-256']}\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
  const both = `POST /webhooks/hook HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`;
  const two = `POST /webhooks/hook HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`;
  for (const bytes of [both, two]) expect(await rawStatuses(server.port, bytes)).toEqual([400]);
  expect(await queued(server)).toBe(0);
});

attack('HOOK-23', 'a noisy sender does not silence another, and cannot pose as many', async () => {
  const noisy = { 'x-hub-signature-256': 'sha256=00' };
  const clock = new FakeClock();
  const behindProxy = await serverWorld({
    automations: [signedHook()],
    clock,
    settings: { server: { trustedProxies: ['127.0.0.1/32'] } },
  });
  let last = 0;
  for (let sent = 0; sent < 301; sent += 1)
    last = await statusOf(behindProxy, { ...noisy, 'x-forwarded-for': '203.0.113.1' });
  expect(last).toBe(429);
  expect(await statusOf(behindProxy, { ...signed(BODY), 'x-forwarded-for': '203.0.113.2' })).toBe(202);
  const direct = await serverWorld({ automations: [signedHook(), signedHook('other')], clock });
  for (let sent = 0; sent < 301; sent += 1)
    last = await statusOf(direct, { ...noisy, 'x-forwarded-for': `203.0.113.${sent % 250}` });
  expect(last).toBe(429);
  const other = await fetch(`${direct.url}/webhooks/other`, { method: 'POST', headers: signed(BODY), body: BODY });
  expect(other.status).toBe(202);
});
