import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { webhookTokenOf } from '../../src/domain/webhook-id.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { madeAutomation } from '../support/made-bundle.ts';
import { HOOK_SECRET, INSTANCE_SECRET, serverWorld, signed, signedHook } from './world.ts';

const BODY = '{"service":"checkout"}';

const bare = madeAutomation({ name: 'bare', trigger: 'webhook' });
const missingSecret = {
  ...signedHook('secretless'),
  webhookAuth: { type: 'hmac-sha256', secrets: ['env:NOT_SET'], options: { header: 'X-Hub-Signature-256' } },
};

function manyHooks() {
  return serverWorld({
    automations: [
      signedHook(),
      signedHook('elsewhere', { allowCIDRs: ['203.0.113.0/24', '2001:db8::/32'] }),
      signedHook('small', { maxBodyBytes: 100 }),
      signedHook('slowly', { rate: { perMinute: 1, burst: 1 } }),
      signedHook('filtered', { filter: { field: 'action', equals: 'opened' } }),
      { ...signedHook('disabled'), enabled: false },
      missingSecret,
      bare,
      madeAutomation({ name: 'by-hand' }),
    ],
    bundle: {
      broken: new Map([['broken', { name: 'broken', file: 'automations/broken.json', diagnostics: [] }]]),
    },
    bodyDeadlineMs: 300,
  });
}

type World = Awaited<ReturnType<typeof manyHooks>>;

interface Row {
  readonly what: string;
  readonly path: string | ((world: World) => Promise<string>);
  readonly init?: RequestInit;
  readonly status: number;
  readonly body?: unknown;
  readonly header?: readonly [string, string];
}

const post = (headers: Readonly<Record<string, string>> = signed(BODY), body = BODY): RequestInit => ({
  method: 'POST',
  headers,
  body,
});
const ACCEPTED = { status: 'accepted', automation: expect.any(String), run: expect.stringMatching(/^run_/) };
const UNAUTHORIZED = { error: 'unauthorized' };
const token = webhookTokenOf(INSTANCE_SECRET, 'bare', 1);
const hookUrl = (name: string) => async (world: World) =>
  new URL((await world.operations.webhookUrlOf(name)).webhookUrl).pathname;

const ROWS: readonly Row[] = [
  { what: 'a signed post by name', path: '/webhooks/hook', init: post(), status: 202, body: ACCEPTED },
  { what: 'a signed post by id', path: hookUrl('hook'), init: post(), status: 202, body: ACCEPTED },
  { what: 'a slash at the end', path: '/webhooks/hook/', init: post(), status: 202 },
  { what: 'a hook whose URL is its secret', path: hookUrl('bare'), init: post({}), status: 202, body: ACCEPTED },
  { what: 'a token in the path', path: `/webhooks/test-bundle/bare/${token}`, init: post({}), status: 202 },
  { what: 'a token in the query', path: `/webhooks/bare?token=${token}`, init: post({}), status: 202 },
  {
    what: 'a namespace and a token in the query',
    path: `/webhooks/test-bundle/bare?token=${token}`,
    init: post({}),
    status: 202,
  },
  { what: 'a wrong token', path: '/webhooks/test-bundle/bare/nope', init: post({}), status: 401, body: UNAUTHORIZED },
  {
    what: 'a wrong token in the query',
    path: '/webhooks/bare?token=nope',
    init: post({}),
    status: 401,
    body: UNAUTHORIZED,
  },
  { what: 'another namespace', path: `/webhooks/other/bare/${token}`, init: post({}), status: 404 },
  { what: 'a name without webhookAuth and without token', path: '/webhooks/bare', init: post({}), status: 404 },
  {
    what: 'an unknown id',
    path: `/webhooks/auto_${'0'.repeat(32)}`,
    init: post(),
    status: 404,
    body: { error: 'not_found' },
  },
  { what: 'an unknown name', path: '/webhooks/nobody', init: post(), status: 404 },
  { what: 'an automation without a webhook', path: '/webhooks/by-hand', init: post(), status: 404 },
  { what: 'a disabled automation', path: '/webhooks/disabled', init: post(), status: 404 },
  { what: 'a path that cannot be decoded', path: '/webhooks/%E0%A4%A', init: post(), status: 404 },
  { what: 'a path that is too long', path: '/webhooks/a/b/c/d', init: post(), status: 404 },
  { what: 'a broken file', path: '/webhooks/broken', init: post(), status: 503, header: ['retry-after', '30'] },
  {
    what: 'a secret that is not set',
    path: '/webhooks/secretless',
    init: post(),
    status: 503,
    header: ['retry-after', '30'],
  },
  { what: 'a GET ping', path: '/webhooks/hook', status: 200, body: { ok: true } },
  { what: 'a HEAD ping', path: '/webhooks/hook', init: { method: 'HEAD' }, status: 200 },
  { what: 'a ping of an unknown hook', path: '/webhooks/nobody', status: 404 },
  {
    what: 'a PUT',
    path: '/webhooks/hook',
    init: { ...post(), method: 'PUT' },
    status: 405,
    header: ['allow', 'POST, GET, HEAD'],
  },
  { what: 'a foreign network', path: '/webhooks/elsewhere', init: post(), status: 403 },
  { what: 'no signature', path: '/webhooks/hook', init: post({}), status: 401, body: UNAUTHORIZED },
  {
    what: 'a wrong signature',
    path: '/webhooks/hook',
    init: post(signed(`${BODY} `)),
    status: 401,
    body: UNAUTHORIZED,
  },
  {
    what: 'a malformed signature',
    path: '/webhooks/hook',
    init: post({ 'x-hub-signature-256': 'sha256=zz' }),
    status: 401,
    body: UNAUTHORIZED,
  },
  {
    what: 'a body over the cap',
    path: '/webhooks/small',
    init: post(signed('x'.repeat(101)), 'x'.repeat(101)),
    status: 413,
  },
  {
    what: 'a body at the cap',
    path: '/webhooks/small',
    init: post(signed('x'.repeat(100)), 'x'.repeat(100)),
    status: 202,
  },
  {
    what: 'a compressed body',
    path: '/webhooks/hook',
    init: post(signed(BODY, { 'content-encoding': 'gzip' })),
    status: 415,
  },
  {
    what: 'an identity encoding',
    path: '/webhooks/hook',
    init: post(signed(BODY, { 'content-encoding': 'identity' })),
    status: 202,
  },
  {
    what: 'an event that the filter leaves out',
    path: '/webhooks/filtered',
    init: post(),
    status: 200,
    body: expect.objectContaining({ status: 'ignored' }),
  },
  {
    what: 'an event that the filter lets in',
    path: '/webhooks/filtered',
    init: post(signed('{"action":"opened"}'), '{"action":"opened"}'),
    status: 202,
  },
  {
    what: 'an authentic body that is no JSON',
    path: '/webhooks/hook',
    init: post(signed('{"broken'), '{"broken'),
    status: 202,
  },
  { what: 'an authentic empty body', path: '/webhooks/hook', init: post(signed(''), ''), status: 202 },
  {
    what: 'a body nested too deep',
    path: '/webhooks/hook',
    init: post(signed('['.repeat(101) + ']'.repeat(101)), '['.repeat(101) + ']'.repeat(101)),
    status: 400,
  },
];

describe('the answer to a sender', () => {
  it.each(ROWS)('is $status for $what', async ({ path, init, status, body, header }) => {
    const world = await manyHooks();
    const response = await fetch(`${world.url}${typeof path === 'string' ? path : await path(world)}`, init);
    expect(response.status).toBe(status);
    if (body !== undefined) expect(await response.json()).toEqual(body);
    if (header) expect(response.headers.get(header[0])).toBe(header[1]);
    expect((await world.database.countRuns()).queued).toBe(status === 202 ? 1 : 0);
  });

  it('is 400 for a signature that comes twice', async () => {
    const { port } = await manyHooks();
    const line = `X-Hub-Signature-256: ${signed(BODY)['x-hub-signature-256']}\r\n`;
    expect(
      await rawStatus(
        port,
        `POST /webhooks/hook HTTP/1.1\r\nHost: x\r\n${line}${line}Content-Length: ${BODY.length}\r\n\r\n${BODY}`,
      ),
    ).toBe(400);
  });

  it('is 408 for a body that does not come in time', async () => {
    const { port } = await manyHooks();
    expect(await rawStatus(port, 'POST /webhooks/hook HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc')).toBe(408);
  });

  it('is 413 from the length alone, before a byte of the body is sent', async () => {
    const { port } = await manyHooks();
    expect(await rawStatus(port, 'POST /webhooks/hook HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n')).toBe(
      413,
    );
    expect(
      await rawStatus(
        port,
        'POST /webhooks/hook HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n',
      ),
    ).toBe(413);
  });

  it('is 413 for a chunked body that grows over the cap, and the sender sees it', async () => {
    const world = await manyHooks();
    const chunk = new Uint8Array(65_536);
    let sent = 0;
    const body = new ReadableStream({
      pull: (controller) => {
        if (++sent > 32) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half', headers: signed('') };
    expect((await fetch(`${world.url}/webhooks/hook`, init)).status).toBe(413);
  });

  it('is 202 for a sender that asks before it sends its body', async () => {
    const { port } = await manyHooks();
    const head = `POST /webhooks/hook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: ${signed(BODY)['x-hub-signature-256']}\r\n`;
    expect(await rawStatus(port, `${head}Expect: 100-continue\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`)).toBe(
      202,
    );
  });

  it('is 429 over the rate of the hook, with the time to wait', async () => {
    const { url } = await manyHooks();
    expect((await fetch(`${url}/webhooks/slowly`, post())).status).toBe(202);
    const limited = await fetch(`${url}/webhooks/slowly`, post());
    expect(limited.status).toBe(429);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(50);
  });

  it('is 429 for who sends more than 300 wrong signatures a minute, and for no other hook', async () => {
    const { url } = await serverWorld({
      automations: [signedHook(), signedHook('small')],
      clock: new FakeClock(),
    });
    const wrong = post({ 'x-hub-signature-256': 'sha256=00' });
    const statuses = [];
    for (let sent = 0; sent < 301; sent++) statuses.push((await fetch(`${url}/webhooks/hook`, wrong)).status);
    expect(statuses.slice(0, 300).every((status) => status === 401)).toBe(true);
    expect(statuses.at(-1)).toBe(429);
    expect((await fetch(`${url}/webhooks/small`, post())).status).toBe(202);
  });

  it('is 503 when as many runs wait as may, and 202 again when there is room', async () => {
    const world = await serverWorld({ automations: [signedHook()], settings: { queue: 2 } });
    const statuses = [];
    for (let sent = 0; sent < 3; sent++) statuses.push((await world.post('/webhooks/hook', BODY)).status);
    expect(statuses).toEqual([202, 202, 503]);
    await world.database.claimRun({ owner: 'test', leaseMs: 60_000 }, world.clock.now());
    expect((await world.post('/webhooks/hook', BODY)).status).toBe(202);
  });

  it('is 200 paused while the automation is paused, and 401 all the same for who cannot sign', async () => {
    const world = await serverWorld({ automations: [signedHook()] });
    await world.operations.pauseAutomation('hook', { by: 'test' });
    const paused = await world.post('/webhooks/hook', BODY);
    expect([paused.status, await paused.json()]).toEqual([200, { status: 'paused', automation: 'hook' }]);
    expect((await fetch(`${world.url}/webhooks/hook`, post({}))).status).toBe(401);
    expect((await world.database.countRuns()).queued).toBe(0);
  });

  it('counts every answer by its status', async () => {
    const world = await manyHooks();
    await world.post('/webhooks/hook', BODY);
    await fetch(`${world.url}/webhooks/nobody`);
    const text = await (await world.api('/metrics')).text();
    expect(text).toContain('amodal_webhook_answers_total{status="202"} 1');
    expect(text).toContain('amodal_webhook_answers_total{status="404"} 1');
    expect(text).toContain('amodal_queue_runs{status="queued"} 1');
  });

  it('never tells, logs or stores a secret, a token or a signature', async () => {
    const world = await manyHooks();
    const body = JSON.stringify({ big: 'x'.repeat(50) });
    await world.post(`/webhooks/test-bundle/bare/${token}?token=${token}`, body, { authorization: 'Bearer sender' });
    const refused = await fetch(
      `${world.url}/webhooks/hook`,
      post({ 'x-hub-signature-256': `sha256=${'ab'.repeat(32)}` }),
    );
    const [run] = await world.operations.historyOf('bare', { limit: 1 });
    const event = await world.database.getRunEvent(run?.id ?? '');
    const told = JSON.stringify([world.log, await refused.text(), event]);
    for (const secret of [HOOK_SECRET, token, 'Bearer sender', 'abab', signed(body)['x-hub-signature-256']]) {
      expect(told).not.toContain(secret);
    }
    expect(JSON.stringify(world.log)).toContain('signature_mismatch');
  });
});

/** Sends bytes as they are and gives the status of the final answer. */
function rawStatus(port: number, bytes: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const final = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)]
        .map(([, status]) => Number(status))
        .find((one) => one >= 200);
      if (final === undefined) return;
      socket.destroy();
      resolve(final);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed without an answer: ${text}`)));
  });
}
