import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { AmodalError, type ErrorCode } from '../../src/domain/error.ts';
import { PROBLEM_TYPE, problemResponse, STATUS_OF } from '../../src/server/problem.ts';
import { ROUTES } from '../../src/server/routes.ts';
import { madeAutomation } from '../support/made-bundle.ts';
import { claim, serverWorld, settle, signedHook, TOKEN } from './world.ts';

const auth = { authorization: `Bearer ${TOKEN}`, host: 'localhost' };
const digest = madeAutomation({ name: 'digest', title: 'Digest' });

describe('the admin token', () => {
  it('opens every route of the API but that of access keys, and nothing opens one without it', async () => {
    const { app } = await serverWorld({ automations: [digest] });
    for (const { method, path, token } of ROUTES) {
      if (token === false) continue;
      const url = `http://localhost${path.replaceAll(/\{\w+\}/g, 'digest')}`;
      for (const authorization of [undefined, 'Bearer', 'Bearer wrong', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, TOKEN]) {
        const headers = { host: 'localhost', ...(authorization && { authorization }) };
        const response = await app.request(url, { method, headers });
        expect([method, path, authorization, response.status]).toEqual([method, path, authorization, 401]);
        expect(response.headers.get('www-authenticate')).toContain('Bearer');
      }
      const { status } = await app.request(url, { method, headers: auth });
      expect([method, path, status === 401]).toEqual([method, path, token === 'key']);
    }
  });

  it('is not needed for health', async () => {
    const { app } = await serverWorld();
    expect((await app.request('http://localhost/healthz', { headers: { host: 'localhost' } })).status).toBe(200);
    expect((await app.request('http://localhost/readyz', { headers: { host: 'localhost' } })).status).toBe(200);
  });
});

describe('a misspelt field', () => {
  it.each([
    ['/api/keys', { name: 'ci', automaton: 'digest' }, 'did you mean "automation"'],
    ['/api/automations/digest/rotate', { graceSecond: 3600 }, 'did you mean "graceSeconds"'],
    ['/api/runs/run_1/replay', { mod: 'safe' }, 'did you mean "mode"'],
    ['/api/webhooks/redeliver', { since: '2026-01-01T00:00:00Z', automaton: 'digest' }, 'did you mean "automation"'],
  ])('is refused where leaving it out would do more than was meant: %s', async (path, body, wayOut) => {
    const { app, operations } = await serverWorld({ automations: [digest] });
    const request = { method: 'POST', headers: auth, body: JSON.stringify(body) };
    const response = await app.request(`http://localhost${path}`, request);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { detail: string }).detail).toContain(wayOut);
    expect(await operations.listKeys()).toEqual([]);
  });
});

describe('a list of one automation', () => {
  it.each(['/api/webhooks/rejected', '/api/deliveries'])(
    '%s tells the nearest name of an unknown one',
    async (path) => {
      const { app } = await serverWorld({ automations: [digest] });
      const list = (name: string) => app.request(`http://localhost${path}?automation=${name}`, { headers: auth });
      expect(await (await list('digest')).json()).toEqual([]);
      const unknown = await list('digets');
      expect([unknown.status, await unknown.text()]).toEqual([404, expect.stringContaining('digest')]);
    },
  );
});

describe('the Host header', () => {
  it('of another name is refused on loopback, before the token is looked at', async () => {
    const { app } = await serverWorld();
    for (const host of ['evil.example', 'evil.example:3847', 'localhost.evil.example']) {
      const response = await app.request('http://localhost/api/automations', { headers: { ...auth, host } });
      expect([host, response.status]).toEqual([host, 403]);
    }
  });
});

describe('a route', () => {
  it('is in the OpenAPI description exactly when it is served', async () => {
    const { app } = await serverWorld();
    const served = app.routes
      .filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}').replace(/(.)\/$/, '$1')}`);
    const described = ROUTES.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect([...new Set(served)].sort()).toEqual(described.sort());
    const { paths } = (await (await app.request('http://localhost/api/openapi.json', { headers: auth })).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    expect(
      Object.entries(paths)
        .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
        .sort(),
    ).toEqual(described);
  });

  it('answers 405 with Allow for another method, 404 where nothing is', async () => {
    const { api } = await serverWorld({ automations: [digest] });
    const wrong = await api('/api/automations/digest/trigger');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    const nowhere = await api('/api/nothing');
    expect([nowhere.status, nowhere.headers.get('content-type')]).toEqual([404, PROBLEM_TYPE]);
  });
});

describe('a problem', () => {
  it.each(Object.entries(STATUS_OF))('of the code %s has the status %i and says what to do', async (code, status) => {
    const response = problemResponse(new AmodalError(code as ErrorCode, 'Do this.'));
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: expect.any(String),
      status,
      detail: 'Do this.',
      code,
    });
  });

  it('that is our own mistake says nothing of its inside', async () => {
    const response = problemResponse(new TypeError('secret path /home/x'));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
  });

  it.each([
    ['GET', '/api/automations/digset', undefined, 404, 'did you mean "digest"'],
    ['GET', '/api/automations/digest/runs?limit=0', undefined, 400, 'limit must be a whole number from 1 to 1000'],
    ['GET', '/api/deliveries?status=lost', undefined, 400, 'status must be one of pending'],
    ['GET', '/api/runs/run_none', undefined, 404, 'No run has the id "run_none"'],
    ['GET', '/api/runs/run_none/stream', undefined, 404, 'No run has the id'],
    ['GET', '/api/stores/none/documents', undefined, 404, 'No store is named "none"'],
    ['GET', '/api/automations/digest/url', undefined, 409, 'has no webhook'],
    ['GET', '/api/automations/broken/url', undefined, 200, 'auto_'],
    ['POST', '/api/automations/broken/trigger', '{}', 422, 'cannot run'],
    ['POST', '/api/automations/digest/trigger', '{"event":', 400, 'not valid JSON'],
    ['POST', '/api/automations/digest/trigger', '[]', 400, 'must be a JSON object'],
    ['POST', '/api/automations/digest/trigger', '{"by":"<script>"}', 400, '"by" must be'],
    ['POST', '/api/automations/digest/pause', '{"reason":7}', 400, '"reason" must be a string'],
    ['POST', '/api/automations/off/trigger', '{}', 409, 'is disabled'],
    ['POST', '/api/deliveries/dlv_none/redrive', '{}', 404, 'No dead or held delivery'],
    ['POST', '/api/automations/digest/trigger', `{"event":"${'x'.repeat(1_100_000)}"}`, 413, 'at most 1048576 bytes'],
  ])('answers %s %s', async (method, path, body, status, words) => {
    const { api } = await serverWorld({
      automations: [digest, madeAutomation({ name: 'off', enabled: false })],
      bundle: { broken: new Map([['broken', { name: 'broken', file: 'automations/broken.json', diagnostics: [] }]]) },
    });
    const response = await api(path, { method, body });
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(words.replaceAll('"', status === 200 ? '"' : '\\"'));
  });
});

describe('triggering over HTTP', () => {
  it('takes the event as text or as JSON, and one key once', async () => {
    const { api, database } = await serverWorld({ automations: [digest] });
    const send = async (body: unknown, headers = {}) => {
      const response = await api('/api/automations/digest/trigger', {
        method: 'POST',
        body: JSON.stringify(body),
        headers,
      });
      return (await response.json()) as { run: string; status: string };
    };
    const text = await send({ event: 'plain words' });
    expect(await database.getRunEvent(text.run)).toMatchObject({
      body: 'plain words',
      format: 'text',
      source: 'manual',
    });
    const json = await send({ event: { a: [1] } });
    expect(await database.getRunEvent(json.run)).toMatchObject({ body: '{"a":[1]}', format: 'json' });
    const first = await send({}, { 'idempotency-key': 'k' });
    const second = await send({}, { 'idempotency-key': 'k' });
    expect(second).toMatchObject({ status: 'duplicate', run: first.run });
  });

  it('needs no body, and takes a chunked one up to its cap', async () => {
    const { url } = await serverWorld({ automations: [digest] });
    const send = (bytes: number | undefined) => rawPost(`${url}/api/automations/digest/trigger`, bytes);
    expect([await send(undefined), await send(100), await send(1_100_000)]).toEqual([202, 202, 413]);
  });

  it('is written down with who asked', async () => {
    const { remote, operations } = await serverWorld({ automations: [digest] });
    const { run } = await remote.triggerAutomation('digest', { by: 'ada@example.com' });
    expect(await operations.showRun(run)).toMatchObject({ requestedBy: 'ada@example.com', trigger: 'manual' });
    const [record] = await operations.listAudit({ run, limit: 10 });
    expect(record).toMatchObject({ action: 'run.triggered', actor: 'ada@example.com', automation: 'digest' });
  });
});

describe('older clients', () => {
  it('list, run, stop and start automations', async () => {
    const { api } = await serverWorld({ automations: [digest] });
    const call = async (path: string, method = 'POST') => (await api(path, { method })).json();
    expect(await call('/automations', 'GET')).toMatchObject([{ name: 'digest', status: 'active' }]);
    expect(await call('/automations/digest/run')).toMatchObject({ status: 'queued', automation: 'digest' });
    expect(await call('/automations/digest/stop')).toMatchObject({ status: 'paused' });
    expect(await call('/automations/digest/start')).toMatchObject({ status: 'active' });
  });
});

describe('health', () => {
  it('is not ready when a service has died, but alive', async () => {
    const { app } = await serverWorld({ live: () => false });
    expect((await app.request('http://localhost/healthz', { headers: { host: 'localhost' } })).status).toBe(200);
    const ready = await app.request('http://localhost/readyz', { headers: { host: 'localhost' } });
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'degraded' }]);
  });
});

describe('metrics', () => {
  it('count what was committed', async () => {
    const { api, remote, database, clock } = await serverWorld({ automations: [digest, signedHook()] });
    const { run } = await remote.triggerAutomation('digest', { by: 'test' });
    const claimed = await claim(database, clock, run);
    const usage = { model: 'scripted/main', inputTokens: 7, outputTokens: 3, costUsd: 0.5 };
    await database.appendTranscript(run, claimed.run.fence, [{ type: 'usage', content: usage }], clock.now());
    await settle(database, clock, claimed, { type: 'failed', reason: 'timeout', error: 'x', retryable: false });
    const text = await (await api('/metrics')).text();
    for (const line of [
      'amodal_runs_total{status="failed",reason="timeout"} 1',
      'amodal_model_cost_usd_total{model="scripted/main"} 0.5',
      'amodal_model_tokens_total{model="scripted/main",direction="input"} 7',
      'amodal_queue_runs{status="running"} 0',
    ]) {
      expect(text).toContain(line);
    }
  });
});

/** A POST without a length: with no body, or with a chunked JSON object of about that many bytes. */
function rawPost(url: string, bytes: number | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const { port, pathname } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1', () => {
      const head = `POST ${pathname} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n`;
      if (bytes === undefined) return void socket.write(`${head}\r\n`);
      const body = JSON.stringify({ event: 'x'.repeat(bytes) });
      socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
    });
    socket.on('error', reject);
    socket.once('data', (chunk) => {
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(chunk.toString('latin1'))?.[1]));
    });
  });
}
