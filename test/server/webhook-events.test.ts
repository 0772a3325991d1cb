import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Automation } from '../../src/domain/automation.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { madeAutomation, madeBundle } from '../support/made-bundle.ts';
import { claim, HOOK_SECRET, serverWorld, settle, signedHook } from './world.ts';

const BODY = '{"service":"checkout"}';

function hookOf(type: string, more: Partial<Automation['webhook']> = {}, secret = 'env:HOOK_SECRET'): Automation {
  const auth = { type, secrets: type === 'none' ? [] : [secret], options: {} };
  return madeAutomation({ name: type, trigger: 'webhook', webhookAuth: auth, webhook: more });
}

const github = (body: string, delivery: string, event = 'issues') => ({
  'x-hub-signature-256': `sha256=${createHmac('sha256', HOOK_SECRET).update(body).digest('hex')}`,
  'x-github-event': event,
  'x-github-delivery': delivery,
});

describe('the same signed bytes', () => {
  it('run once, whatever id the delivery is given afterwards', async () => {
    const { post, database } = await serverWorld({ automations: [hookOf('github')] });
    expect((await post('/webhooks/github', BODY, github(BODY, 'one'))).status).toBe(202);
    const replayed = await post('/webhooks/github', BODY, github(BODY, 'two'));
    expect([replayed.status, await replayed.json()]).toEqual([200, expect.objectContaining({ status: 'duplicate' })]);
    expect((await post('/webhooks/github', '{}', github('{}', 'one'))).status).toBe(200);
    expect((await post('/webhooks/github', '{}', github('{}', 'three'))).status).toBe(202);
    expect((await database.countRuns()).queued).toBe(2);
  });

  it('are events of their own where the caller of a general type names them so', async () => {
    const { post } = await serverWorld({ automations: [signedHook()] });
    const statuses = [];
    for (const key of ['a', 'b', 'a'])
      statuses.push((await post('/webhooks/hook', BODY, { 'idempotency-key': key })).status);
    expect(statuses).toEqual([202, 202, 200]);
  });
});

describe('a delivery that carries several events', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const signedList = (ids: readonly string[], time: number) => {
    const body = JSON.stringify(ids.map((id) => ({ email: 'a@b.c', event: 'bounce', sg_event_id: id })));
    const timestamp = String(Math.floor(time / 1000));
    const headers = {
      'x-twilio-email-event-webhook-timestamp': timestamp,
      'x-twilio-email-event-webhook-signature': sign('sha256', Buffer.from(timestamp + body), pair.privateKey).toString(
        'base64',
      ),
    };
    return { body, headers };
  };

  it('runs those that did not come before, in whichever delivery', async () => {
    const { post, database, clock, operations } = await serverWorld({
      automations: [hookOf('sendgrid', {}, publicKey)],
    });
    const send = async (...ids: string[]) => {
      const { body, headers } = signedList(ids, clock.now());
      return (await post('/webhooks/sendgrid', body, headers)).status;
    };
    expect([await send('a', 'b'), await send('b', 'c'), await send('a', 'c')]).toEqual([202, 202, 200]);
    const runs = await operations.historyOf('sendgrid', { limit: 5 });
    const events = await Promise.all(runs.map(async ({ id }) => (await database.getRunEvent(id))?.body ?? ''));
    const ids = events.map((text) => (JSON.parse(text) as { sg_event_id: string }[]).map((one) => one.sg_event_id));
    expect(ids.sort()).toEqual([['a', 'b'], ['c']]);
  });
});

describe('events that share a key', () => {
  const coalesce = { key: 'body:service', quietSeconds: 10, maxSeconds: 25 };

  it('become one run with the latest of them, which starts once it is quiet', async () => {
    const clock = new FakeClock();
    const world = await serverWorld({ clock, automations: [signedHook('hook', { coalesce })] });
    const send = async (n: number) => {
      const response = await world.post('/webhooks/hook', JSON.stringify({ service: 'checkout', n }));
      return { ...((await response.json()) as { run: string; coalesced?: true }), status: response.status };
    };
    const first = await send(1);
    await clock.advance(8000);
    const second = await send(2);
    expect([first.status, second.status, second.run, second.coalesced]).toEqual([202, 202, first.run, true]);
    await clock.advance(8000);
    expect(await world.database.claimRun({ owner: 'test', leaseMs: 1000 }, clock.now())).toBeUndefined();
    await clock.advance(2000);
    const claimed = await claim(world.database, clock);
    expect(claimed.run.id).toBe(first.run);
    expect(JSON.parse(claimed.event?.body ?? '')).toMatchObject({ n: 2 });
    const third = await send(3);
    expect(third.run).not.toBe(first.run);
    await settle(world.database, clock, claimed);
  });

  it('wait no longer than the most, and events of another key or of none wait apart', async () => {
    const clock = new FakeClock();
    const world = await serverWorld({ clock, automations: [signedHook('hook', { coalesce })] });
    for (let sent = 0; sent < 4; sent++) {
      await world.post('/webhooks/hook', BODY);
      await clock.advance(8000);
    }
    expect((await claim(world.database, clock)).event?.body).toBe(BODY);
    await world.post('/webhooks/hook', '{"service":"search"}');
    await world.post('/webhooks/hook', '{}');
    expect((await world.database.countRuns()).queued).toBe(2);
    expect((await claim(world.database, clock)).event?.body).toBe('{}');
  });

  it('survive a restart: the run is on disk before the first of them is answered', async () => {
    const world = await serverWorld({ automations: [signedHook('hook', { coalesce })] });
    const { run } = (await (await world.post('/webhooks/hook', BODY)).json()) as { run: string };
    expect(await world.database.getRun(run)).toMatchObject({ status: 'queued' });
  });
});

describe('what a file leaves out', () => {
  it('is answered 200 with the reason and counted by the setting', async () => {
    const world = await serverWorld({
      automations: [
        hookOf('github', {
          events: ['issues'],
          expect: { field: 'repository.full_name', equals: 'acme/api' },
          filter: { field: 'header:X-GitHub-Event', regex: '^issues$' },
        }),
      ],
    });
    const send = async (body: string, event: string) => {
      const response = await world.post('/webhooks/github', body, github(body, `${event}${body}`, event));
      return [response.status, ((await response.json()) as { reason?: string }).reason];
    };
    const good = '{"action":"opened","repository":{"full_name":"acme/api"}}';
    expect(await send(good, 'push')).toEqual([200, 'the event push.opened is not in "events"']);
    expect(await send('{"repository":{"full_name":"evil/api"}}', 'issues')).toEqual([
      200,
      'expect: repository.full_name is another value',
    ]);
    expect(await send(good, 'issues')).toEqual([202, undefined]);
    expect(world.tally.counts()).toEqual([
      { automation: 'github', outcome: 'ignored', reason: 'events', count: 1 },
      { automation: 'github', outcome: 'ignored', reason: 'expect', count: 1 },
      { automation: 'github', outcome: 'accepted', reason: '', count: 1 },
    ]);
  });

  it('is our own fault when the filter cannot be used: kept, and to be sent again', async () => {
    const world = await serverWorld({ automations: [signedHook('hook', { filter: { feild: 'a' } })] });
    const response = await world.post('/webhooks/hook', BODY);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30']);
    expect(await world.remote.listRejections({ limit: 1 })).toMatchObject([
      { reason: 'filter_error', isAuthentic: true },
    ]);
  });
});

describe('webhookAuth "none"', () => {
  const send = (url: string, path: string) => fetch(`${url}${path}`, { method: 'POST', body: BODY });

  it('opens the URL that cannot be guessed, and never the name', async () => {
    const world = await serverWorld({ automations: [hookOf('none')] });
    const { webhookUrl } = await world.operations.webhookUrlOf('none');
    expect((await send('', webhookUrl)).status).toBe(202);
    expect((await send(world.url, '/webhooks/none')).status).toBe(404);
  });

  it('is 503 where strangers reach the port and nobody allowed it, and what came is kept', async () => {
    const world = await serverWorld({ automations: [hookOf('none')], refusesUnauthenticated: true });
    const { webhookUrl } = await world.operations.webhookUrlOf('none');
    expect((await send('', webhookUrl)).status).toBe(503);
    expect(await world.remote.listRejections({ limit: 1 })).toMatchObject([{ reason: 'blocked_config' }]);
  });
});

describe('allowCIDRs', () => {
  const statusesOf = async (trustedProxies: readonly string[], ...forwarded: readonly string[]) => {
    const world = await serverWorld({
      automations: [signedHook('hook', { allowCIDRs: ['203.0.113.0/24', '2001:db8::/32'] })],
      settings: { server: { trustedProxies } },
    });
    const statuses = [];
    for (const chain of forwarded)
      statuses.push((await world.post('/webhooks/hook', BODY, { 'x-forwarded-for': chain })).status);
    return statuses;
  };
  const CHAINS = ['203.0.113.9', '2001:db8::5', '6.6.6.6', '203.0.113.9, 6.6.6.6', '6.6.6.6, 203.0.113.9'];

  it('look at the address that our proxies saw, v4 and v6, whatever the sender wrote before', async () => {
    expect(await statusesOf(['127.0.0.0/8'], ...CHAINS)).toEqual([202, 202, 403, 403, 202]);
    expect(await statusesOf(['1'], ...CHAINS)).toEqual([202, 202, 403, 403, 202]);
  });

  it('look at the connection alone where no proxy is trusted', async () => {
    expect(await statusesOf([], ...CHAINS)).toEqual([403, 403, 403, 403, 403]);
  });
});

describe('wrong signatures', () => {
  it('of one sender shut out that sender, nobody else', async () => {
    const world = await serverWorld({
      clock: new FakeClock(),
      automations: [signedHook()],
      settings: { server: { trustedProxies: ['127.0.0.0/8'] } },
    });
    const from = (address: string, headers = {}) =>
      world.post('/webhooks/hook', BODY, { 'x-forwarded-for': address, ...headers });
    const wrong = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
    for (let sent = 0; sent < 300; sent += 30)
      await Promise.all(Array.from({ length: 30 }, () => from('6.6.6.6', wrong)));
    expect([(await from('6.6.6.6')).status, (await from('8.8.8.8')).status]).toEqual([429, 202]);
  });
});

describe('the queue', () => {
  it('is full by the bytes of its events as well as by their number', async () => {
    const clock = new FakeClock();
    const world = await serverWorld({ clock, automations: [signedHook()], settings: { queueBytes: 4000 } });
    const big = JSON.stringify({ text: 'x'.repeat(1500) });
    const statuses = [];
    for (let sent = 0; sent < 3; sent++) statuses.push((await world.post('/webhooks/hook', big)).status);
    expect(statuses).toEqual([202, 202, 503]);
    await settle(world.database, clock, await claim(world.database, clock));
    await clock.advance(1000);
    expect((await world.post('/webhooks/hook', big)).status).toBe(202);
  });
});

describe('senders that want 204', () => {
  it('hear it for whatever became of the event', async () => {
    const pair = generateKeyPairSync('ed25519');
    const publicKey = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
    const privateKey = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const world = await serverWorld({ automations: [hookOf('discord', {}, publicKey)] });
    const test = () =>
      world.remote.testWebhook('discord', {
        privateKey,
        event: '{"version":1,"type":1,"event":{"type":"x"}}',
        by: 'test',
      });
    expect([await test(), await test()].map(({ httpStatus, answer }) => [httpStatus, answer])).toEqual([
      [204, null],
      [204, null],
    ]);
    expect((await world.database.countRuns()).queued).toBe(1);
    await expect(world.remote.testWebhook('discord', { by: 'test' })).rejects.toThrow(
      'only the sender has the private key',
    );
  });
});

describe('the doctor', () => {
  it('verifies a signed ping of every hook without a run, and finds hooks that nobody serves', async () => {
    const world = await serverWorld({
      automations: [signedHook(), hookOf('slack'), hookOf('github', { allowCIDRs: ['203.0.113.0/24'] })],
    });
    await world.operations.pauseAutomation('slack', { by: 'test' });
    const healthy = await world.remote.doctor();
    expect(healthy.ok).toBe(true);
    expect(healthy.checks.map(({ name, status }) => [name, status])).toEqual([
      ['bundle', 'ok'],
      ['state', 'ok'],
      ['webhook github', 'warning'],
      ['webhook hook', 'ok'],
      ['webhook slack', 'ok'],
    ]);
    expect(await world.database.countRuns()).toEqual({ queued: 0, running: 0 });
    expect(await world.database.listRejections({ limit: 5 })).toEqual([]);
    const other = await serverWorld({ automations: [] });
    world.setPublicUrl(other.url);
    const elsewhere = await world.operations.doctor();
    expect(elsewhere.ok).toBe(false);
    expect(elsewhere.checks.at(-1)?.message).toContain('registered, but');
    await other.close();
    expect((await world.operations.doctor()).checks.at(-1)?.message).toContain('nothing listens at');
  });

  it('alone can ping: the header of another automation, or an old one, is an event like any other', async () => {
    const world = await serverWorld({ automations: [signedHook()] });
    const { pingOf } = await import('../../src/operations/webhook-ping.ts');
    const made = (name: string, age: number) => pingOf(world.instanceSecret, name, world.clock.now() - age);
    for (const ping of [made('other', 0), made('hook', 61_000), `${world.clock.now()}.${'0'.repeat(64)}`]) {
      expect((await world.post('/webhooks/hook', BODY, { 'x-amodal-ping': ping })).status).toBe(202);
    }
    const own = await world.post('/webhooks/hook', BODY, { 'x-amodal-ping': made('hook', 0) });
    expect(await own.json()).toEqual({ status: 'pong', automation: 'hook', paused: false });
  });
});

describe('a bundle that changes', () => {
  it('keeps the hooks of the version before as long as it is in force', async () => {
    const world = await serverWorld({ automations: [signedHook()] });
    world.bundles.put(madeBundle({ automations: [], env: { HOOK_SECRET } }));
    expect((await world.post('/webhooks/hook', BODY)).status).toBe(404);
  });
});

describe('the query of a request', () => {
  it.each([
    ['accept', { region: 'eu', wait: '0' }],
    ['caller', { region: 'eu' }],
  ] as const)('joins the event without what speaks to the runtime, where callers get %s', async (respond, query) => {
    const { post, database } = await serverWorld({ automations: [signedHook('hook', { respond })] });
    const response = await post('/webhooks/hook?region=eu&wait=0', BODY);
    const { run } = (await response.json()) as { run: string };
    expect((await database.getRunEvent(run as `run_${string}`))?.query).toEqual(query);
  });
});
