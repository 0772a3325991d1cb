import { describe, expect, it } from 'vitest';
import { madeAutomation, madeBundle } from '../support/made-bundle.ts';
import { HOOK_SECRET, serverWorld, signed, signedHook } from './world.ts';

const BODY = '{"service":"checkout","secret":"hook-secret-0123456789"}';
const OTHER = 'another-secret-0123456789';

const tokenHook = madeAutomation({
  name: 'by-token',
  trigger: 'webhook',
  webhookAuth: { type: 'token', secrets: ['env:HOOK_SECRET'], options: { header: 'X-Token' } },
});

const refusing = () =>
  serverWorld({
    automations: [signedHook(), signedHook('small', { maxBodyBytes: 10 }), tokenHook],
    bundle: {
      broken: new Map([['broken', { name: 'broken', file: 'automations/broken.json', diagnostics: [] }]]),
    },
  });

const WRONG = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };

describe('a request that is turned away', () => {
  it('is kept with the reason and what was expected, its proof and secrets hidden', async () => {
    const { post, remote } = await refusing();
    expect((await post('/webhooks/hook?team=ops&token=', BODY, { ...WRONG, cookie: 'c' })).status).toBe(401);
    const [row] = await remote.listRejections({ limit: 10 });
    expect(row).toMatchObject({
      automation: 'hook',
      reason: 'signature_mismatch',
      httpStatus: 401,
      isAuthentic: false,
    });
    const detail = await remote.showRejection(row?.id ?? '');
    expect(detail.expected).toContain('hmac-sha256 of "{body}"');
    expect(detail.query).toBe('team=ops');
    expect(detail.headers).toMatchObject({ 'x-hub-signature-256': ['[71 characters]'] });
    expect(detail.headers).not.toHaveProperty('cookie');
    expect(detail.body).toBe('{"service":"checkout","secret":"[redacted:HOOK_SECRET]"}');
  });

  it('is one row however often the same request comes, and other reasons are rows of their own', async () => {
    const { post, url, remote, operations } = await refusing();
    for (let sent = 0; sent < 3; sent++) await post('/webhooks/hook', BODY, WRONG);
    await post('/webhooks/small', BODY);
    await post('/webhooks/broken', BODY);
    await fetch(`${url}/webhooks/test-bundle/by-token/no-such-token`, { method: 'POST', body: BODY });
    await operations.pauseAutomation('hook', { by: 'test' });
    await post('/webhooks/hook', BODY);
    const rows = await remote.listRejections({ limit: 10 });
    expect(rows.map(({ automation, reason, httpStatus, copies }) => [automation, reason, httpStatus, copies])).toEqual([
      ['hook', 'paused', 200, 1],
      ['by-token', 'token_mismatch', 401, 1],
      ['broken', 'blocked_config', 503, 1],
      ['small', 'too_large', 413, 1],
      ['hook', 'signature_mismatch', 401, 3],
    ]);
    expect(rows.filter(({ hasBody }) => hasBody).map(({ automation }) => automation)).toEqual([
      'hook',
      'broken',
      'hook',
    ]);
    expect(await remote.listRejections({ automation: 'small', limit: 10 })).toHaveLength(1);
    expect(await remote.listRejections({ since: Date.now() + 1000, limit: 10 })).toEqual([]);
  });

  it('does not keep a credential that was right', async () => {
    const { url, operations, database } = await refusing();
    await operations.pauseAutomation('by-token', { by: 'test' });
    const send = (token: string) =>
      fetch(`${url}/webhooks/by-token`, { method: 'POST', body: BODY, headers: { 'x-token': token } });
    expect((await send(HOOK_SECRET)).status).toBe(200);
    const [row] = await database.listRejections({ limit: 1 });
    expect(row).toMatchObject({ reason: 'paused', isAuthentic: true });
    expect(JSON.stringify(row?.headers)).not.toContain(HOOK_SECRET);
    await operations.resumeAutomation('by-token', { by: 'test' });
    expect(await operations.redeliverRejections({ since: 0, by: 'test' })).toMatchObject({ redelivered: 1 });
  });

  it('is counted by automation, outcome and reason', async () => {
    const { post, remote, api } = await refusing();
    await post('/webhooks/hook', BODY, WRONG);
    await post('/webhooks/hook', BODY);
    const hook = (await remote.listWebhooks()).find(({ automation }) => automation === 'hook');
    expect(hook).toMatchObject({ type: 'hmac-sha256', status: 'active' });
    expect(hook?.counts).toEqual([
      { outcome: 'refused', reason: 'signature_mismatch', count: 1 },
      { outcome: 'accepted', reason: '', count: 1 },
    ]);
    expect(await (await api('/metrics')).text()).toContain(
      'amodal_webhook_events_total{automation="hook",outcome="refused",reason="signature_mismatch"} 1',
    );
  });
});

describe('a redelivery', () => {
  it('runs what a pause held back, each exactly once, also when it is asked for twice at once', async () => {
    const { post, operations, remote, database } = await refusing();
    await operations.pauseAutomation('hook', { by: 'test' });
    for (let sent = 0; sent < 5; sent++) await post('/webhooks/hook', `{"n":${sent}}`);
    await post('/webhooks/hook', '{"n":5}', { 'idempotency-key': 'five' });
    await post('/webhooks/hook', '{"n":5}', { 'idempotency-key': 'five' });
    expect(await remote.redeliverRejections({ since: 0, by: 'test' })).toMatchObject({ redelivered: 0, refused: 6 });
    await operations.resumeAutomation('hook', { by: 'test' });
    const reports = await Promise.all([1, 2, 3].map(() => remote.redeliverRejections({ since: 0, by: 'test' })));
    expect(reports.map(({ refused, left }) => refused + left)).toEqual([0, 0, 0]);
    expect((await database.countRuns()).queued).toBe(6);
    expect(await remote.redeliverRejections({ since: 0, by: 'test' })).toMatchObject({
      redelivered: 0,
      rejections: [],
    });
    const runs = await remote.historyOf('hook', { limit: 10 });
    const bodies = await Promise.all(runs.map(async ({ id }) => (await database.getRunEvent(id))?.body));
    expect(bodies.sort()).toEqual([0, 1, 2, 3, 4, 5].map((n) => `{"n":${n}}`));
    expect(
      (await remote.listAudit({ limit: 1000 })).filter(({ action }) => action === 'webhook.redelivered').length,
    ).toBeGreaterThanOrEqual(6);
  });

  it('verifies again: a wrong signature stays refused until the secret is the right one', async () => {
    const world = await serverWorld({ automations: [signedHook()] });
    world.bundles.put(madeBundle({ automations: [signedHook()], env: { HOOK_SECRET: OTHER } }));
    expect((await world.post('/webhooks/hook', BODY)).status).toBe(401);
    const [row] = await world.remote.listRejections({ limit: 1 });
    const again = () => world.remote.redeliverRejections({ ids: [row?.id ?? ''], by: 'test' });
    expect(await again()).toMatchObject({
      refused: 1,
      rejections: [{ status: 'refused', outcome: 'refused again: signature_mismatch' }],
    });
    world.bundles.put(madeBundle({ automations: [signedHook()], env: { HOOK_SECRET } }));
    expect(await again()).toMatchObject({ redelivered: 1, rejections: [{ status: 'redelivered', hasBody: false }] });
    expect(await again()).toMatchObject({ redelivered: 1, rejections: [{ outcome: 'it ran before' }] });
    expect((await world.database.countRuns()).queued).toBe(1);
  });

  it('judges a signed time by the time of receipt', async () => {
    const auth = { type: 'slack', secrets: ['env:HOOK_SECRET'], options: {} };
    const slack = madeAutomation({ name: 'slack', trigger: 'webhook', webhookAuth: auth });
    const world = await serverWorld({ automations: [slack] });
    await world.operations.pauseAutomation('slack', { by: 'test' });
    expect(await world.operations.testWebhook('slack', { by: 'test' })).toMatchObject({
      httpStatus: 200,
      answer: { status: 'paused' },
    });
    await world.operations.resumeAutomation('slack', { by: 'test' });
    const [row] = await world.database.listRejections({ limit: 1 });
    expect(world.clock.now() - (row?.receivedAt ?? 0)).toBeLessThan(60_000);
    expect(row?.headers).toHaveProperty('x-slack-request-timestamp');
    expect(await world.operations.redeliverRejections({ since: 0, by: 'test' })).toMatchObject({ redelivered: 1 });
  });

  it('does what the file says now: what it leaves out stays out', async () => {
    const world = await serverWorld({ automations: [signedHook()] });
    await world.operations.pauseAutomation('hook', { by: 'test' });
    await world.post('/webhooks/hook', BODY);
    await world.operations.resumeAutomation('hook', { by: 'test' });
    const filtered = signedHook('hook', { filter: { field: 'service', equals: 'search' } });
    world.bundles.put(madeBundle({ automations: [filtered], env: { HOOK_SECRET } }));
    expect(await world.operations.redeliverRejections({ since: 0, by: 'test' })).toMatchObject({
      refused: 1,
      rejections: [{ outcome: expect.stringContaining('ignored: filter: service is another value') }],
    });
  });

  it('leaves what finds no room in the queue', async () => {
    const world = await serverWorld({ automations: [signedHook()], settings: { queue: 1 } });
    await world.operations.pauseAutomation('hook', { by: 'test' });
    await world.post('/webhooks/hook', '{"n":1}');
    await world.post('/webhooks/hook', '{"n":2}');
    await world.operations.resumeAutomation('hook', { by: 'test' });
    expect(await world.operations.redeliverRejections({ since: 0, by: 'test' })).toMatchObject({
      redelivered: 1,
      left: 1,
    });
  });

  it('of nothing that is known says so', async () => {
    const { remote, api } = await refusing();
    await expect(remote.redeliverRejections({ ids: ['rej_nope'], by: 'test' })).rejects.toThrow('rej_nope');
    await expect(remote.showRejection('rej_nope')).rejects.toThrow('No refused request');
    const all = await api('/api/webhooks/redeliver', { method: 'POST', body: '{}', headers: signed('{}') });
    expect(all.status).toBe(400);
  });
});
