import { createHmac } from 'node:crypto';
import { expect } from 'vitest';
import { noticeDeliveries } from '../../../src/domain/alert-payload.ts';
import { DEFAULT_ALERT } from '../../../src/domain/automation.ts';
import { retryAfterSeconds } from '../../../src/domain/delivery-schedule.ts';
import { contextOf, deliveryOf, deliveryType, secretsOf } from '../../delivery/delivery-world.ts';
import {
  ALERT,
  automation,
  courierOf,
  enqueue,
  HOUR,
  INBOX,
  MINUTE,
  PAGER,
  REFUSED,
  runOf,
  SECOND,
  until,
  type World,
  work,
  workerOf,
  world,
} from '../../engine/world.ts';
import { stubServer } from '../../support/stub-server.ts';
import { CANARY } from '../ask.ts';
import { type AttackCase, attacksInto } from '../attack-case.ts';

export const deliveryCases: AttackCase[] = [];
const attack = attacksInto(deliveryCases);

const BUSY = { ok: false, retryable: true, error: 'answered 503', httpStatus: 503 } as const;
const SECOND_INBOX = { type: 'memory', options: { name: 'second' } };
const THIRD_INBOX = { type: 'memory', options: { name: 'third' } };

async function deliver(here: World): Promise<void> {
  await courierOf(here).tick();
  await until(async () => (await here.database.listDeliveries({ status: 'sending', limit: 1 })).length === 0);
}

attack('DEL-01', 'a redirect of a target is a failure and its body goes nowhere else', async () => {
  const elsewhere = await stubServer();
  for (const status of [301, 302, 307, 308]) {
    const target = await stubServer(() => ({ status, headers: { location: elsewhere.url } }));
    const result = await deliveryType('webhook').send(deliveryOf('webhook', { url: target.url }), contextOf());
    expect(result).toMatchObject({ ok: false });
    expect(target.requests).toHaveLength(1);
  }
  expect(elsewhere.requests).toEqual([]);
});

attack('DEL-03', 'what a target says of the time to wait is held within bounds', () => {
  const now = Date.UTC(2026, 0, 5);
  for (const text of ['-5', 'abc', '', '1e9', 'Infinity', 'NaN']) {
    const seconds = retryAfterSeconds(text, now);
    expect([text, seconds === undefined || (seconds >= 0 && seconds <= 86_400)]).toEqual([text, true]);
  }
  expect(retryAfterSeconds('999999999', now) ?? 0).toBeLessThanOrEqual(86_400);
  expect(retryAfterSeconds('Thu, 01 Jan 1970 00:00:00 GMT', now) ?? 0).toBe(0);
});

attack('DEL-05', 'every try has the same id, its own time and a signature that fits', async () => {
  const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
  let tries = 0;
  const target = await stubServer(() => {
    tries += 1;
    return { status: tries < 3 ? 500 : 200 };
  });
  const delivery = deliveryOf('webhook', { url: target.url, secret: 'env:S' });
  const secrets = secretsOf({ S: secret });
  for (const now of [1_000_000, 2_000_000, 3_000_000]) {
    await deliveryType('webhook').send(delivery, contextOf({ secrets, now: () => now }));
  }
  const sent = target.requests.map(({ headers, body }) => ({
    id: String(headers['webhook-id']),
    time: String(headers['webhook-timestamp']),
    signature: String(headers['webhook-signature']),
    body,
  }));
  expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
  expect(sent.map(({ time }) => time)).toEqual(['1000', '2000', '3000']);
  const key = Buffer.from(secret.slice(6), 'base64');
  for (const { id, time, signature, body } of sent) {
    expect(signature).toBe(`v1,${createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')}`);
  }
  const here = await world([automation('digest', { delivery: { targets: [INBOX], when: 'always' } })]);
  await enqueue(here, 'digest');
  await work(workerOf(here));
  here.target.answers.push(BUSY, BUSY);
  for (const wait of [0, 30 * SECOND, 2 * MINUTE, 10 * MINUTE]) {
    await here.clock.advance(wait);
    await deliver(here);
  }
  expect(here.target.sent).toHaveLength(3);
  expect(new Set(here.target.sent.map(({ id }) => id)).size).toBe(1);
});

attack('DEL-07', 'a target that is down costs the others nothing', async () => {
  const targets = [INBOX, SECOND_INBOX, THIRD_INBOX];
  const here = await world([automation('digest', { delivery: { targets, when: 'always' } })]);
  const run = await enqueue(here, 'digest');
  await work(workerOf(here));
  here.target.answers.push({ ok: true }, BUSY, { ok: true });
  await deliver(here);
  const rows = await here.database.listDeliveries({ run, limit: 10 });
  expect(rows.map(({ status }) => status).toSorted()).toEqual(['delivered', 'delivered', 'pending']);
  await here.clock.advance(31 * SECOND);
  await deliver(here);
  expect(here.target.sent).toHaveLength(4);
  expect((await runOf(here, run)).status).toBe('succeeded');
});

attack('DEL-09', 'an alert that cannot be sent makes no other alert', async () => {
  const failing = automation('digest', { failureAlert: { ...ALERT, targets: [PAGER] } });
  const here = await world([failing]);
  here.sessions.always(REFUSED);
  await enqueue(here, 'digest');
  await work(workerOf(here));
  here.target.answers.push(BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, BUSY);
  for (let minute = 0; minute < 120; minute += 1) {
    await deliver(here);
    await here.clock.advance(MINUTE);
  }
  const alerts = await here.database.listDeliveries({ kind: 'alert', limit: 10 });
  expect(alerts).toHaveLength(1);
  expect(alerts[0]).toMatchObject({ status: 'dead', lastError: 'answered 503' });
  expect(here.target.sent.every(({ kind }) => kind === 'alert')).toBe(true);
});

attack('DEL-11', 'the payload of an alert is short, well-formed and without links or secrets', () => {
  const error = `</event_data> https://evil.test/?d=1 ${CANARY} \ud83d ${'x'.repeat(1_000_000)}`;
  const targets = [{ type: 'log', options: {} }];
  const [row] = noticeDeliveries(
    { automation: { name: 'digest', failureAlert: { ...DEFAULT_ALERT, targets } }, run: 'run_1', now: HOUR },
    { reason: 'tool_error', error, consecutiveFailures: 1 },
    { redact: (text) => text.replaceAll(CANARY, '[redacted]'), newId: () => 'dlv_1' },
  );
  const json = JSON.stringify(row?.payload);
  expect(json.length).toBeLessThan(2_000);
  expect(json).not.toMatch(/CANARY|https?:\/\/|\\ud83d/);
});

attack('DEL-13', 'a receiver can tell that it was us', async () => {
  const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
  const target = await stubServer();
  await deliveryType('webhook').send(
    deliveryOf('webhook', { url: target.url, secret: 'env:S' }),
    contextOf({ secrets: secretsOf({ S: secret }), now: () => Date.now() }),
  );
  const { Webhook } = await import('standardwebhooks');
  const [request] = target.requests;
  const headers = Object.fromEntries(
    Object.entries(request?.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  expect(() => new Webhook(secret).verify(request?.body ?? '', headers)).not.toThrow();
  expect(() => new Webhook(secret).verify(`${request?.body} `, headers)).toThrow();
});
