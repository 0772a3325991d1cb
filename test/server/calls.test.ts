import { describe, expect, test } from 'vitest';
import { CONVERSATION_LIFE_MS } from '../../src/domain/conversation.ts';
import type { Outcome, RunId } from '../../src/domain/run.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { madeAutomation } from '../support/made-bundle.ts';
import { claim, serverWorld, settle, signedHook } from './world.ts';

const workflow = madeAutomation({ name: 'report' });
const other = madeAutomation({ name: 'other' });
const chat = madeAutomation({ name: 'desk', mode: 'conversation' });

type World = Awaited<ReturnType<typeof serverWorld>>;

interface Init {
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

async function world(given: Parameters<typeof serverWorld>[0] = {}) {
  const made = await serverWorld({ automations: [workflow, other, chat], ...given });
  const { key } = await made.operations.createKey({ name: 'ci', by: 'test' });
  const call = (name: string, body: unknown, init: Init = {}) =>
    fetch(`${made.url}/api/agents/webhook/${name}`, {
      method: 'POST',
      signal: init.signal,
      headers: {
        authorization: `Bearer ${init.key ?? key}`,
        'content-type': 'application/json',
        ...init.headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const read = (path: string, as = key) => fetch(`${made.url}${path}`, { headers: { authorization: `Bearer ${as}` } });
  return { ...made, key, call, read };
}

/** Plays the worker: waits for the next run and ends it. */
async function answer(
  { database, clock }: World,
  result = 'Hello.',
  { outcome, meanwhile = async () => {} }: { outcome?: Outcome; meanwhile?: () => Promise<void> } = {},
): Promise<RunId> {
  for (;;) {
    const { queued } = await database.countRuns();
    if (queued > 0) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const claimed = await claim(database, clock);
  const { id, fence } = claimed.run;
  const user = `PROMPT ${claimed.event?.body}`;
  await database.appendTranscript(id, fence, [{ type: 'prompt', content: { system: 's', user } }], clock.now());
  await meanwhile();
  await settle(database, clock, claimed, outcome ?? { type: 'succeeded', result });
  return id;
}

describe('access keys', () => {
  test('open what they are made for: 401 for a bad, revoked or expired one, 404 for another automation', async () => {
    const clock = new FakeClock();
    const { operations, call, key } = await world({ clock });
    const scoped = await operations.createKey({ name: 'scoped', automation: 'report', expiresSeconds: 60, by: 'test' });
    expect(scoped.key).toMatch(/^ak_[A-Za-z0-9_-]{43}$/);
    expect((await call('report', {}, { key: scoped.key })).status).toBe(202);
    expect((await call('other', {}, { key: scoped.key })).status).toBe(404);
    expect((await call('nowhere', {})).status).toBe(404);
    for (const bad of ['ak_', 'ak_00000000000000000000000000', 'nonsense', `${key}x`, key.slice(0, -1)]) {
      expect((await call('report', {}, { key: bad })).status, bad).toBe(401);
    }
    await clock.advance(60_000);
    expect((await call('report', {}, { key: scoped.key })).status).toBe(401);
    await operations.revokeKey('ci', 'test');
    expect((await call('report', {})).status).toBe(401);
  });

  test('the admin token calls no automation, and an access key does nothing that is the admin’s', async () => {
    const { api, read, url, key } = await world();
    expect((await api('/api/agents/webhook/report', { method: 'POST', body: '{}' })).status).toBe(401);
    for (const path of ['/api/automations', '/api/keys', '/api/audit', '/metrics', '/api/stores']) {
      expect((await read(path)).status, path).toBe(401);
    }
    const run = await fetch(`${url}/api/runs/run_1/cancel`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
    });
    expect(run.status).toBe(401);
  });

  test('are made, listed and revoked over HTTP, and stand in no list, log or audit row', async () => {
    const { api, remote, key, operations, log } = await world();
    const response = await api('/api/keys', { method: 'POST', body: JSON.stringify({ name: 'web', by: 'ada' }) });
    expect(response.status).toBe(201);
    const made = (await response.json()) as { key: string; name: string };
    expect(made).toMatchObject({ name: 'web', status: 'active', createdBy: 'ada', automation: null });
    expect(await remote.revokeKey('web', 'ada')).toMatchObject({ status: 'revoked' });
    const told = JSON.stringify([await remote.listKeys(), await operations.listAudit({ limit: 100 }), log]);
    expect(told).not.toContain(made.key);
    expect(told).not.toContain(key);
    expect((await operations.listAudit({ limit: 100 })).map(({ action }) => action)).toEqual([
      'key.created',
      'key.created',
      'key.revoked',
    ]);
    const again = await api('/api/keys', { method: 'POST', body: JSON.stringify({ name: 'ci' }) });
    expect(again.status).toBe(409);
    for (const body of [{}, { name: 'a b' }, { name: 'x', expiresSeconds: 0 }, { name: 'x', expiresSeconds: 'soon' }]) {
      expect((await api('/api/keys', { method: 'POST', body: JSON.stringify(body) })).status).toBe(400);
    }
    expect((await api('/api/keys', { method: 'POST', body: '{"name":"x","automation":"reprot"}' })).status).toBe(404);
    expect((await api('/api/keys/nobody/revoke', { method: 'POST' })).status).toBe(404);
  });
});

describe('a workflow', () => {
  test('answers 202 with the run, whose event is the body without what was said to the runtime', async () => {
    const { call, database } = await world();
    const response = await call('report?region=eu&wait=0', '{"amount":1.50,"wait":true,"session_id":"x"}');
    expect(response.status).toBe(202);
    const { run_id: run, status } = (await response.json()) as { run_id: string; status: string };
    expect(status).toBe('queued');
    expect(await database.getRunEvent(run)).toMatchObject({
      source: 'webhook',
      format: 'json',
      body: '{"amount":1.50,"session_id":"x"}',
      query: { region: 'eu' },
    });
    expect(await database.getRun(run)).toMatchObject({ requestedBy: 'key:ci', trigger: 'webhook' });
  });

  test.each([
    ['no JSON', '{"a":', 400],
    ['nothing', '', 400],
    ['a word', 'hello', 400],
    ['too deep', '['.repeat(101) + ']'.repeat(101), 400],
    ['over 1 MiB', JSON.stringify({ a: 'x'.repeat(1_048_576) }), 413],
  ])('refuses a body with %s', async (_, body, status) => {
    const { call, database } = await world();
    const response = await call('report', body);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect((await database.countRuns()).queued).toBe(0);
  });

  test('runs a message once by its Idempotency-Key, in the header or the body, each key for itself', async () => {
    const { call, database, operations } = await world();
    const first = (await (await call('report', { 'Idempotency-Key': 'k1' })).json()) as { run_id: string };
    const again = await call('report', {}, { headers: { 'idempotency-key': 'k1' } });
    expect(again.status).toBe(202);
    expect(await again.json()).toEqual({ run_id: first.run_id, status: 'queued', duplicate: true });
    const { key } = await operations.createKey({ name: 'second', by: 'test' });
    expect(await (await call('report', { 'Idempotency-Key': 'k1' }, { key })).json()).not.toMatchObject(first);
    expect((await database.countRuns()).queued).toBe(2);
    expect((await call('report', { 'Idempotency-Key': 'k'.repeat(257) })).status).toBe(400);
  });

  test('is held where the file lets the caller wait; a model that fails upstream is 502', async () => {
    const waiting = madeAutomation({ name: 'report', webhook: { respond: 'caller' } });
    const made = await world({ automations: [waiting] });
    const response = made.call('report', { wait: 30 });
    const run = await answer(made, 'Done.');
    expect(await (await response).json()).toMatchObject({ run, phase: 'Complete', response: 'Done.', files: [] });
    const failing = made.call('report', { wait: true });
    const failed = { type: 'failed', reason: 'model_error', error: 'overloaded', retryable: false } as const;
    await answer(made, '', { outcome: failed });
    expect((await failing).status).toBe(502);
    expect(await (await failing).json()).toMatchObject({ code: 'upstream', title: 'Bad Gateway' });
    const slow = await made.call('report', { wait: 0.01 });
    expect(await slow.json()).toMatchObject({ phase: 'Running', timedOut: true });
  });

  test('is held as Prefer or the query asks; the body is asked first', async () => {
    const waiting = madeAutomation({ name: 'report', webhook: { respond: 'caller' } });
    const made = await world({ automations: [waiting] });
    const preferring = made.call('report', {}, { headers: { prefer: 'respond-async, wait=30' } });
    await answer(made, 'First.');
    expect(await (await preferring).json()).toMatchObject({ phase: 'Complete', response: 'First.' });
    const asking = made.call('report?wait=30', {});
    await answer(made, 'Second.');
    expect(await (await asking).json()).toMatchObject({ phase: 'Complete', response: 'Second.' });
    expect(await (await made.call('report?wait=30', { wait: false })).json()).toMatchObject({ status: 'queued' });
    const run = await answer(made, 'Third.');
    expect((await made.operations.showRun(run)).status).toBe('succeeded');
  });

  test('is not called while it is paused, disabled or broken', async () => {
    const broken = { name: 'broken', file: 'automations/broken.json', diagnostics: [] };
    const { call, operations } = await world({
      automations: [workflow, madeAutomation({ name: 'off', enabled: false })],
      bundle: { broken: new Map([['broken', broken]]) },
    });
    await operations.pauseAutomation('report', { by: 'test' });
    expect((await call('report', {})).status).toBe(409);
    expect((await call('off', {})).status).toBe(404);
    const unavailable = await call('broken', {});
    expect([unavailable.status, unavailable.headers.get('retry-after')]).toEqual([503, '30']);
  });
});

describe('a conversation', () => {
  test('answers inline, goes on by session_id, and tells what was said', async () => {
    const made = await world();
    const asked = made.call('desk', { message: 'Hi', metadata: { n: 1.0 } });
    const run = await answer(made, 'Hello there.');
    const response = await asked;
    const first = (await response.json()) as { session_id: string; message_id: string; timestamp: string };
    expect(response.status).toBe(200);
    expect(first).toMatchObject({
      success: true,
      session_id: expect.stringMatching(/^sess_/),
      message_id: expect.stringMatching(/^msg_/),
      agent_id: 'desk',
      response: 'Hello there.',
      files: [],
      token_usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
      processing_time: expect.any(Number),
    });
    expect(Date.parse(first.timestamp)).not.toBeNaN();
    const next = made.call('desk', { message: 'And now?', session_id: first.session_id });
    await answer(made, 'Still here.');
    expect(await (await next).json()).toMatchObject({ session_id: first.session_id, response: 'Still here.' });
    const record = (await (await made.read(`/api/sessions/${first.session_id}/messages`)).json()) as {
      messages: { id: string; role: string; content: string; run_id: string }[];
    };
    expect(record).toMatchObject({ session_id: first.session_id, agent_id: 'desk', count: 4 });
    expect(record.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'Hi'],
      ['assistant', 'Hello there.'],
      ['user', 'And now?'],
      ['assistant', 'Still here.'],
    ]);
    expect(record.messages[1]).toMatchObject({ id: first.message_id, run_id: run });
    expect((await made.api(`/api/sessions/${first.session_id}/messages`)).status).toBe(200);
  });

  test('goes on by the Slack thread that the body names, each key in a conversation of its own', async () => {
    const made = await world();
    const { key } = await made.operations.createKey({ name: 'second', by: 'test' });
    const body = { message: 'Hi', slack_channel: 'C1', thread_ts: '1700000000.1' };
    const session = async (message: object, as?: string) => {
      const asked = made.call('desk', message, { key: as });
      await answer(made);
      return ((await (await asked).json()) as { session_id: string }).session_id;
    };
    const first = await session(body);
    expect(await session({ message: 'Again', channel: 'C1', slack_thread_ts: '1700000000.1' })).toBe(first);
    expect(await session({ ...body, thread_ts: '1700000000.2' })).not.toBe(first);
    expect(await session(body, key)).not.toBe(first);
    const named = await session({ message: 'Hi' });
    expect(await session({ ...body, session_id: named })).toBe(named);
    const record = (await (await made.read(`/api/sessions/${first}/messages`)).json()) as { count: number };
    expect(record.count).toBe(4);
  });

  test('goes on by the thread that a webhook’s event names, apart from those of keys', async () => {
    const desk = { ...signedHook('desk'), mode: 'conversation' } as const;
    const made = await world({ automations: [desk] });
    const body = JSON.stringify({ message: 'Hi', slack_channel: 'C1', thread_ts: '1700000000.1' });
    const turn = async () => {
      expect((await made.post('/webhooks/desk', body)).status).toBe(202);
      return (await made.database.getRunTurn(await answer(made)))?.conversation;
    };
    const [first, second] = [await turn(), await turn()];
    expect(first).toMatchObject({ owner: 'thread', thread: 'slack::C1:1700000000.1' });
    expect(second?.id).toBe(first?.id);
    expect((await made.read(`/api/sessions/${first?.id}/messages`)).status).toBe(404);
    expect((await made.api(`/api/sessions/${first?.id}/messages`)).status).toBe(200);
    const asked = made.call('desk', body);
    await answer(made);
    expect(((await (await asked).json()) as { session_id: string }).session_id).not.toBe(first?.id);
  });

  test('is 404 for another key, another automation, and after its time', async () => {
    const clock = new FakeClock();
    const desk2 = madeAutomation({ name: 'desk2', mode: 'conversation' });
    const made = await world({ clock, automations: [chat, desk2] });
    const asked = made.call('desk', { message: 'Hi' });
    await answer(made);
    const { session_id } = (await (await asked).json()) as { session_id: string };
    const { key } = await made.operations.createKey({ name: 'second', by: 'test' });
    expect((await made.call('desk', { session_id }, { key })).status).toBe(404);
    expect((await made.read(`/api/sessions/${session_id}/messages`, key)).status).toBe(404);
    expect((await made.call('desk2', { session_id })).status).toBe(404);
    expect((await made.call('desk', { session_id: 'sess_0' })).status).toBe(404);
    expect((await made.call('desk', { session_id: 7 })).status).toBe(400);
    await clock.advance(CONVERSATION_LIFE_MS);
    expect((await made.call('desk', { session_id })).status).toBe(404);
    expect((await made.read(`/api/sessions/${session_id}/messages`)).status).toBe(404);
    expect((await made.database.countRuns()).queued).toBe(0);
  });

  test('says that it failed; that the model failed upstream is 502; a wait that is over is 202', async () => {
    const made = await world();
    const asked = made.call('desk', { message: 'Hi' });
    await answer(made, '', { outcome: { type: 'failed', reason: 'budget', error: 'too dear', retryable: false } });
    expect(await (await asked).json()).toMatchObject({
      success: false,
      response: null,
      error: { status: 'failed', reason: 'budget', message: 'too dear' },
    });
    const upstream = made.call('desk', { message: 'Hi' });
    await answer(made, '', {
      outcome: { type: 'failed', reason: 'model_error', error: 'overloaded', retryable: false },
    });
    expect((await upstream).status).toBe(502);
    const slow = await made.call('desk', { message: 'Hi', wait: 0.01 });
    expect(slow.status).toBe(202);
    expect(await slow.json()).toMatchObject({ status: 'queued', timed_out: true, session_id: expect.any(String) });
  });

  test('does not stop its run when the caller hangs up; the answer is in the conversation', async () => {
    const made = await world();
    const gone = new AbortController();
    const asked = made.call('desk', { message: 'Hi' }, { signal: gone.signal });
    const run = await answer(made, 'Too late.', {
      meanwhile: async () => {
        gone.abort();
        await expect(asked).rejects.toThrow();
      },
    });
    const found = await made.database.getRunTurn(run);
    const record = await (await made.read(`/api/sessions/${found?.conversation.id}/messages`)).json();
    expect(record).toMatchObject({ messages: [{ content: 'Hi' }, { content: 'Too late.' }] });
  });

  test('answers a message that is sent twice with the same words and ids', async () => {
    const made = await world();
    const body = { message: 'Hi', 'Idempotency-Key': 'once' };
    const both = [made.call('desk', body), made.call('desk', body)];
    await answer(made);
    const [first, second] = await Promise.all(both.map(async (one) => (await one).json() as Promise<object>));
    const { timestamp: _t, processing_time: _p, ...same } = first as Record<string, unknown>;
    expect(second).toMatchObject(same);
    expect((await made.database.listRuns({ limit: 9 })).length).toBe(1);
  });
});

describe('reading results by access key', () => {
  test('a run, its events and its stream are there for a key of its automation only', async () => {
    const made = await world();
    const scoped = await made.operations.createKey({ name: 'other', automation: 'other', by: 'test' });
    const { run_id } = (await (await made.call('report', {})).json()) as { run_id: string };
    const streaming = made.read(`/api/runs/${run_id}/stream`);
    await answer(made, 'Done.');
    const view = (await (await made.read(`/api/runs/${run_id}`)).json()) as object;
    expect(view).toMatchObject({ id: run_id, status: 'succeeded', result: 'Done.', files: [] });
    const events = await (await made.read(`/api/runs/${run_id}/events?event_type=session.status_closed`)).json();
    expect(events).toMatchObject({ count: 1, events: [{ type: 'session.status_closed' }] });
    const stream = await (await streaming).text();
    expect(stream).toContain('event: session.status_closed');
    expect(stream.trimEnd()).toMatch(/event: end\ndata: .*$/);
    const last = Number(/id: (\d+)\n(?![\s\S]*id: )/.exec(stream)?.[1]);
    const rest = await fetch(`${made.url}/api/runs/${run_id}/stream`, {
      headers: { authorization: `Bearer ${made.key}`, 'last-event-id': String(last - 1) },
    });
    expect((await rest.text()).match(/^id: /gm)).toHaveLength(1);
    for (const path of ['', '/events', '/stream']) {
      const foreign = await made.read(`/api/runs/${run_id}${path}`, scoped.key);
      const unknown = await made.read(`/api/runs/run_0${path}`, scoped.key);
      expect([foreign.status, unknown.status]).toEqual([404, 404]);
      expect((await foreign.text()).replaceAll(run_id, 'run_0')).toBe(await unknown.text());
    }
  });

  test('what was said in a conversation is not there for another key', async () => {
    const made = await world();
    const { key } = await made.operations.createKey({ name: 'second', by: 'test' });
    const asked = made.call('desk', { message: 'Hi' });
    const run = await answer(made);
    await asked;
    expect((await made.read(`/api/runs/${run}`)).status).toBe(200);
    expect((await made.read(`/api/runs/${run}`, key)).status).toBe(404);
  });
});
