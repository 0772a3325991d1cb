import { expect, it } from 'vitest';
import { DEFAULT_QUEUE, DEFAULT_QUEUE_BYTES } from '../../src/domain/bundle.ts';
import { load, messages } from './load.ts';

const AUTOMATION = { 'automations/a.json': { prompt: 'x' } };
const settingsOf = async (server: object, limits: object = {}) =>
  (await load({ ...AUTOMATION, 'amodal.json': { server, limits } })).bundle.settings;

it('proxies are networks, or how many of them stand in front', async () => {
  expect((await settingsOf({ trustedProxies: ['10.0.0.0/8', '2001:db8::/32'] })).server.trustedProxies).toEqual([
    '10.0.0.0/8',
    '2001:db8::/32',
  ]);
  expect((await settingsOf({ trustedProxies: 2 })).server.trustedProxies).toEqual(['2']);
  expect((await settingsOf({})).server.trustedProxies).toEqual([]);
  const wrong = await load({ ...AUTOMATION, 'amodal.json': { server: { trustedProxies: ['nowhere'] } } });
  expect(messages(wrong).join()).toContain('expected a network such as "203.0.113.0/24"');
});

it('the queue is bound by runs and by bytes', async () => {
  expect(await settingsOf({})).toMatchObject({ queue: DEFAULT_QUEUE, queueBytes: DEFAULT_QUEUE_BYTES });
  expect(await settingsOf({}, { queue: 5, queueBytes: 4096 })).toMatchObject({ queue: 5, queueBytes: 4096 });
});

it('history is kept as long as it says, in whole days or for ever', async () => {
  const retentionOf = async (retention?: object) =>
    (await load({ ...AUTOMATION, 'amodal.json': { ...(retention && { retention }) } })).bundle.settings.retention;
  expect(await retentionOf()).toEqual({ runsDays: 90, auditDays: null });
  expect(await retentionOf({ auditDays: 365 })).toEqual({ runsDays: 90, auditDays: 365 });
  expect(await retentionOf({ runsDays: null })).toEqual({ runsDays: null, auditDays: null });
  for (const [wrong, said] of [
    [{ runsDays: 0 }, 'retention.runsDays'],
    [{ runsDays: '90' }, 'retention.runsDays'],
    [{ auditDays: 1.5 }, 'retention.auditDays'],
    [{ runDays: 30 }, 'did you mean "runsDays"?'],
  ] as const) {
    const bad = await load({ ...AUTOMATION, 'amodal.json': { retention: wrong } });
    expect(messages(bad).join()).toContain(said);
  }
});

it('a secret that signs events and opens something else is a warning', async () => {
  const auth = (secret: string) => ({ type: 'hmac-sha256', secret, header: 'X-Signature' });
  const target = { type: 'webhook', url: 'https://results.example', secret: 'env:SHARED' };
  const files = {
    'automations/a.json': { prompt: 'x', webhookAuth: auth('env:SHARED'), delivery: { targets: [target] } },
    'automations/b.json': { prompt: 'x', webhookAuth: auth('env:OWN') },
  };
  const env = { SHARED: 'a-secret-of-two-purposes', OWN: 'a-secret-of-one-purpose' };
  const { diagnostics } = await load(files, env);
  expect(diagnostics.map(({ code, file, severity, message }) => [code, file, severity, message])).toEqual([
    [
      'reused-secret',
      'automations/a.json',
      'warning',
      expect.stringContaining('used at delivery.targets.0.secret as well'),
    ],
  ]);
});
