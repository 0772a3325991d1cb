import { describe, expect, it } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { madeBundle } from '../support/made-bundle.ts';
import { claim, serverWorld, settle, signed, signedHook } from './world.ts';

const BODY = '{"service":"checkout"}';

/** How many wait at once. */
const CALLERS = 300;

describe('one occurrence', () => {
  it('is one run, however many copies of it arrive at once', async () => {
    const world = await serverWorld({ automations: [signedHook()] });
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const response = await world.post('/webhooks/hook', BODY, { 'idempotency-key': 'same' });
        return { status: response.status, body: (await response.json()) as { run: string; status: string } };
      }),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 200 && body.status === 'duplicate')).toHaveLength(999);
    expect(new Set(answers.map(({ body }) => body.run)).size).toBe(1);
    expect((await world.database.countRuns()).queued).toBe(1);
  }, 60_000);

  it('may name itself in a header or in the body', async () => {
    const world = await serverWorld({ automations: [signedHook()] });
    const named = '{"Idempotency-Key":"abc"}';
    const statuses = [
      await world.post('/webhooks/hook', BODY, { 'webhook-id': 'one' }),
      await world.post('/webhooks/hook', BODY, { 'webhook-id': 'one' }),
      await world.post('/webhooks/hook', BODY, { 'webhook-id': 'two' }),
      await world.post('/webhooks/hook', named),
      await world.post('/webhooks/hook', named),
      await world.post('/webhooks/hook', BODY),
      await world.post('/webhooks/hook', BODY),
    ].map(({ status }) => status);
    expect(statuses).toEqual([202, 200, 202, 202, 200, 202, 202]);
  });

  it('is what the file says it is', async () => {
    const world = await serverWorld({
      automations: [
        signedHook('by-path', { dedupeKey: 'body:alert.id' }),
        signedHook('by-header', { dedupeKey: 'header:X-Alert' }),
        signedHook('by-body', { dedupeKey: 'sha256(body)' }),
      ],
    });
    const twice = async (path: string, body: string, headers = {}) =>
      [await world.post(path, body, headers), await world.post(path, body, headers)].map(({ status }) => status);
    expect(await twice('/webhooks/by-path', '{"alert":{"id":7}}')).toEqual([202, 200]);
    expect(await twice('/webhooks/by-path', '{"alert":{}}')).toEqual([202, 202]);
    expect(await twice('/webhooks/by-header', BODY, { 'x-alert': '7' })).toEqual([202, 200]);
    expect(await twice('/webhooks/by-body', BODY)).toEqual([202, 200]);
  });
});

describe('an accepted event', () => {
  it('is kept whole: exact text, allow-listed headers, parameters without our own', async () => {
    const world = await serverWorld({ automations: [signedHook()] });
    const body = '{ "a" : 1,  "ü": "\\u00e9" }';
    await world.post('/webhooks/hook?env=prod&token=&wait=5', body, { 'x-github-event': 'push', cookie: 'secret' });
    const [run] = await world.operations.historyOf('hook', { limit: 1 });
    const event = await world.database.getRunEvent(run?.id ?? '');
    expect(event).toMatchObject({ source: 'webhook', body, format: 'json', query: { env: 'prod' } });
    expect(event?.headers).toEqual({ 'content-type': 'application/json', 'x-github-event': 'push' });
    expect(run).toMatchObject({ trigger: 'webhook', status: 'queued' });
  });

  it('wakes the worker once', async () => {
    const world = await serverWorld({ automations: [signedHook()] });
    await world.post('/webhooks/hook', BODY);
    expect(world.enqueued()).toBe(1);
  });
});

describe('a webhook URL', () => {
  it('is another after a rotation, and the old one answers 404', async () => {
    const world = await serverWorld({ automations: [signedHook()] });
    const { webhookUrl: old } = await world.operations.webhookUrlOf('hook');
    const { webhookUrl, graceUntil } = await world.operations.rotateWebhook('hook', { by: 'test' });
    expect(graceUntil).toBeUndefined();
    expect((await world.post(new URL(old).pathname, BODY)).status).toBe(404);
    expect((await world.post(new URL(webhookUrl).pathname, BODY)).status).toBe(202);
  });

  it('stays valid beside the new one for the grace', async () => {
    const world = await serverWorld({ automations: [signedHook()] });
    const old = await world.operations.webhookUrlOf('hook');
    const rotated = await world.operations.rotateWebhook('hook', { graceSeconds: 3600, by: 'test' });
    expect(Date.parse(rotated.graceUntil ?? '') - world.clock.now()).toBeGreaterThan(3_500_000);
    for (const url of [old.webhookUrl, rotated.webhookUrl, old.tokenUrl, rotated.tokenUrl]) {
      expect((await world.post(new URL(url).pathname, BODY)).status).toBe(202);
    }
    await world.operations.rotateWebhook('hook', { by: 'test' });
    for (const url of [old.webhookUrl, rotated.webhookUrl, old.tokenUrl, rotated.tokenUrl]) {
      expect((await world.post(new URL(url).pathname, BODY)).status).not.toBe(202);
    }
  });

  it('appears with a file and goes with it', async () => {
    const world = await serverWorld({ automations: [signedHook()] });
    const env = { HOOK_SECRET: 'hook-secret-0123456789' };
    world.bundles.put(madeBundle({ automations: [signedHook(), signedHook('later')], env }));
    const { webhookUrl } = await world.operations.webhookUrlOf('later');
    expect((await world.post(new URL(webhookUrl).pathname, BODY)).status).toBe(202);
    world.bundles.put(madeBundle({ automations: [signedHook()], env }));
    expect((await world.post(new URL(webhookUrl).pathname, BODY)).status).toBe(404);
  });
});

describe('a caller that waits', () => {
  const waiting = () =>
    serverWorld({ automations: [signedHook('asked', { respond: 'caller' }), signedHook('held', { respond: 'wait' })] });

  it('hears the end of its run', async () => {
    const { post, database, clock } = await waiting();
    const answer = post('/webhooks/held', BODY);
    await settle(database, clock, await claimSoon(database, clock));
    const response = await answer;
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      run: expect.stringMatching(/^run_/),
      automation: 'held',
      phase: 'Complete',
      response: 'All is well.',
      tokenUsage: { inputTokens: 7, outputTokens: 3, totalTokens: 10 },
      processingTime: expect.any(Number),
      files: [],
    });
  });

  it('hears of a failure with its reason', async () => {
    const { post, database, clock } = await waiting();
    const answer = post('/webhooks/asked?wait=30', BODY);
    const outcome = { type: 'failed', reason: 'max_steps', error: 'too many steps', retryable: false } as const;
    await settle(database, clock, await claimSoon(database, clock), outcome);
    expect(await (await answer).json()).toMatchObject({ phase: 'Error', reason: 'max_steps', error: 'too many steps' });
  });

  it('may say so in the query, in Prefer or in the body', async () => {
    const { post, url } = await waiting();
    const asked = [
      await post('/webhooks/asked?wait=0.05', BODY),
      await post('/webhooks/asked', '{"wait":0.05}'),
      await post('/webhooks/asked?wait=false', BODY, { prefer: 'wait=1' }),
      await post('/webhooks/asked', BODY),
    ];
    expect(asked.map(({ status }) => status)).toEqual([200, 200, 202, 202]);
    const late = (await asked[0]?.json()) as { run: string };
    expect(late).toEqual({
      run: late.run,
      automation: 'asked',
      phase: 'Running',
      response: null,
      timedOut: true,
      pollUrl: `${url}/api/runs/${late.run}`,
    });
  });

  it('does not stop its run by hanging up', async () => {
    const { url, database, clock, operations } = await waiting();
    const gone = new AbortController();
    const answer = fetch(`${url}/webhooks/held`, {
      method: 'POST',
      body: BODY,
      headers: signed(BODY),
      signal: gone.signal,
    });
    const claimed = await claimSoon(database, clock);
    gone.abort();
    await expect(answer).rejects.toThrow();
    await settle(database, clock, claimed);
    expect(await operations.showRun(claimed.run.id)).toMatchObject({ status: 'succeeded', result: 'All is well.' });
  });

  it('costs no look at the database however long it waits: hundreds wait at once', async () => {
    const uses: string[] = [];
    const clock = new FakeClock();
    const automations = [signedHook('held', { respond: 'wait' })];
    const { post, database } = await serverWorld({ automations, clock, onUse: (verb) => void uses.push(verb) });
    const answers = Array.from({ length: CALLERS }, () => post('/webhooks/held', BODY));
    const looks = () => uses.filter((verb) => verb === 'getRun').length;
    while (looks() < CALLERS) await new Promise((resolve) => setImmediate(resolve));
    const runs = await database.listRuns({ limit: CALLERS });
    expect(new Set(runs.map(({ id }) => id)).size).toBe(CALLERS);
    uses.length = 0;
    await clock.advance(299_000);
    expect(uses).toEqual([]);
    for (const { id } of runs) await settle(database, clock, await claim(database, clock, id));
    const phases = await Promise.all(
      answers.map(async (one) => ((await (await one).json()) as { phase: string }).phase),
    );
    expect(phases.filter((phase) => phase === 'Complete')).toHaveLength(CALLERS);
    expect(looks()).toBe(CALLERS);
  }, 60_000);

  it('is told where to look when the runtime stops', async () => {
    const { post, close, database, clock } = await waiting();
    const answer = post('/webhooks/held', BODY);
    await claimSoon(database, clock);
    const [response] = await Promise.all([answer, close()]);
    expect(await response.json()).toMatchObject({ phase: 'Running', timedOut: true });
  });
});

type Parts = Awaited<ReturnType<typeof serverWorld>>;

/** Claims the next run as soon as there is one. */
async function claimSoon(database: Parts['database'], clock: Parts['clock']) {
  for (let tries = 0; tries < 2000; tries++) {
    if ((await database.countRuns()).queued > 0) return claim(database, clock);
    await clock.sleep(2);
  }
  throw new Error('no run came');
}
