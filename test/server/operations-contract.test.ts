import { describe, expect, it } from 'vitest';
import type { Operations } from '../../src/operations/index.ts';
import { madeAutomation } from '../support/made-bundle.ts';
import { claim, serverWorld, settle, signedHook } from './world.ts';

const FACES = ['operations', 'remote'] as const;

/** Whatever can be asked must be the same at every face: in the process, and over HTTP. */
describe.each(FACES)('the operations as %s', (face) => {
  async function given() {
    const world = await serverWorld({
      automations: [
        madeAutomation({
          name: 'digest',
          title: 'Daily Digest',
          trigger: 'cron',
          schedule: { expression: '0 9 * * *', timezone: 'Europe/London' },
          delivery: {
            targets: [{ type: 'webhook', options: { url: 'https://hooks.slack.com/services/T/B/secret' } }],
            when: 'always',
          },
          owner: 'data',
          tags: ['daily'],
        }),
        signedHook(),
      ],
      bundle: {
        broken: new Map([
          [
            'broken',
            {
              name: 'broken',
              file: 'automations/broken.json',
              diagnostics: [
                {
                  severity: 'error',
                  code: 'bad-cron',
                  message: 'hour must be 0-23',
                  file: 'automations/broken.json',
                  line: 4,
                  column: 15,
                },
              ],
            },
          ],
        ]),
        stores: new Map([
          [
            'notes',
            {
              name: 'notes',
              entity: 'Note',
              key: '{id}',
              schema: { id: { type: 'string' } },
              indexed: [],
              shared: false,
              automationWritable: true,
            },
          ],
        ]),
      },
    });
    const operations: Operations = world[face];
    return { ...world, operations };
  }

  it('lists automations with status, webhook and schedule', async () => {
    const { operations, url } = await given();
    const list = await operations.listAutomations();
    expect(list.map(({ name, status, trigger }) => [name, status, trigger])).toEqual([
      ['broken', 'broken', 'manual'],
      ['digest', 'active', 'cron'],
      ['hook', 'active', 'webhook'],
    ]);
    expect(list[0]?.statusReason).toBe('automations/broken.json:4:15 hour must be 0-23');
    expect(list[1]).toMatchObject({
      title: 'Daily Digest',
      schedule: '0 9 * * *',
      timezone: 'Europe/London',
      lastRun: null,
      webhookUrl: null,
    });
    expect(list[2]?.webhookUrl).toMatch(new RegExp(`^${url}/webhooks/auto_[0-9a-f]{32}$`));
  });

  it('shows one automation whole, without the URL of its target', async () => {
    const { operations } = await given();
    const detail = await operations.showAutomation('digest');
    expect(detail).toMatchObject({
      file: 'automations/digest.json',
      prompt: 'Do the work.',
      owner: 'data',
      targets: ['webhook hooks.slack.com'],
      consecutiveFailures: 0,
    });
    expect(JSON.stringify(detail)).not.toContain('secret');
  });

  it('refuses a name that nobody has, and says which is near', async () => {
    const { operations } = await given();
    await expect(operations.showAutomation('digets')).rejects.toMatchObject({
      code: 'not_found',
      message: 'No automation is named "digets": did you mean "digest"?',
    });
    await expect(operations.triggerAutomation('broken', { by: 'test' })).rejects.toMatchObject({
      code: 'bundle_broken',
    });
  });

  it('triggers, follows, shows and replays a run', async () => {
    const { operations, database, clock } = await given();
    const { run, status } = await operations.triggerAutomation('digest', { event: '{"a":1}', by: 'test' });
    expect(status).toBe('queued');
    const claimed = await claim(database, clock, run);
    const events = (async () => {
      const types = [];
      for await (const { type } of operations.followRun(run, { signal: new AbortController().signal }))
        types.push(type);
      return types;
    })();
    await database.appendTranscript(
      run,
      claimed.run.fence,
      [{ type: 'agent.message', content: { text: 'x' } }],
      clock.now(),
    );
    await settle(database, clock, claimed);
    expect(await events).toEqual(expect.arrayContaining(['agent.message', 'session.status_closed']));
    expect(await operations.showRun(run)).toMatchObject({
      status: 'succeeded',
      result: 'All is well.',
      event: '{"a":1}',
      commit: 'c'.repeat(40),
      dirty: false,
      costUsd: 0.25,
    });
    expect(await operations.historyOf('digest', { limit: 5 })).toMatchObject([{ id: run, status: 'succeeded' }]);
    const again = await operations.replayRun(run, { by: 'test' });
    expect(await operations.showRun(again.run)).toMatchObject({
      trigger: 'replay',
      replayOf: run,
      event: '{"a":1}',
      status: 'queued',
    });
    const page = await operations.runEvents(run, { type: 'agent.message', limit: 10 });
    expect(page).toMatchObject([{ type: 'agent.message', content: { text: 'x' } }]);
  });

  it('cancels a run once', async () => {
    const { operations } = await given();
    const { run } = await operations.triggerAutomation('digest', { by: 'test' });
    expect(await operations.cancelRun(run, 'test')).toEqual({ id: run, status: 'cancelled' });
    expect(await operations.cancelRun(run, 'test')).toEqual({ id: run, status: 'ended' });
    await expect(operations.cancelRun('run_none', 'test')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('pauses and resumes, with why and since', async () => {
    const { operations } = await given();
    const paused = await operations.pauseAutomation('digest', { reason: 'holiday', by: 'ada' });
    expect(paused).toMatchObject({ status: 'paused', statusReason: 'holiday', nextRun: null });
    expect(Date.parse(paused.statusSince ?? '')).toBeGreaterThan(0);
    expect(await operations.resumeAutomation('digest', { by: 'ada' })).toMatchObject({
      status: 'active',
      statusReason: null,
    });
  });

  it('gives and rotates webhook URLs', async () => {
    const { operations } = await given();
    const before = await operations.webhookUrlOf('hook');
    const after = await operations.rotateWebhook('hook', { graceSeconds: 60, by: 'test' });
    expect(after.webhookUrl).not.toBe(before.webhookUrl);
    expect(after.tokenUrl).not.toBe(before.tokenUrl);
    expect(after.graceUntil).toMatch(/Z$/);
    expect(await operations.webhookUrlOf('hook')).toEqual({
      name: 'hook',
      webhookUrl: after.webhookUrl,
      tokenUrl: after.tokenUrl,
    });
    await expect(operations.webhookUrlOf('digest')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('lists deliveries and redrives the dead', async () => {
    const { operations, database, clock } = await given();
    const { run } = await operations.triggerAutomation('digest', { by: 'test' });
    const delivery = {
      id: 'dlv_1',
      kind: 'result',
      target: { type: 'webhook', options: { url: 'env:SLACK_URL' } },
      payload: { automation: 'digest', status: 'success', timestamp: '2026-01-05T09:00:00.000Z', run, text: 'x' },
    } as const;
    await database.addDeliveries([{ ...delivery, run, automation: 'digest' }], clock.now());
    const [claimed] = await database.claimDeliveries({ limit: 1, leaseMs: 1000 }, clock.now());
    const audit = { action: 'delivery.attempt', actor: 'runtime', details: {} } as const;
    await database.settleDelivery(
      {
        id: 'dlv_1',
        fence: claimed?.fence ?? 0,
        result: { ok: false, retryable: false, error: 'gone', httpStatus: 410 },
        audit,
      },
      clock.now(),
    );
    expect(await operations.listDeliveries({ status: 'dead', limit: 10 })).toMatchObject([
      { id: 'dlv_1', target: 'webhook env:SLACK_URL', status: 'dead', lastStatus: 410, nextAttemptAt: null },
    ]);
    expect((await operations.health()).deadDeliveries).toBe(1);
    expect(await operations.redriveDelivery('dlv_1', 'ada')).toMatchObject({ id: 'dlv_1', status: 'pending' });
    await expect(operations.redriveDelivery('dlv_1', 'ada')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('lists stores and what they hold', async () => {
    const { operations, database, clock } = await given();
    await database.putDocument(
      { store: 'notes', key: 'a', value: { id: 'a' }, origin: 'trusted', run: 'run_1', updatedAt: clock.now() },
      {},
      clock.now(),
    );
    expect(await operations.listStores()).toEqual([
      { name: 'notes', entity: 'Note', documents: 1, automationWritable: true },
    ]);
    expect(await operations.listDocuments('notes', 10)).toMatchObject([
      { key: 'a', value: { id: 'a' }, origin: 'trusted' },
    ]);
    await expect(operations.listDocuments('note', 10)).rejects.toMatchObject({
      message: 'No store is named "note": did you mean "notes"?',
    });
  });

  it('proves the audit trail and the ledger', async () => {
    const { operations } = await given();
    await operations.pauseAutomation('digest', { by: 'ada' });
    await operations.resumeAutomation('digest', { by: 'ada' });
    const records = await operations.listAudit({ limit: 10 });
    expect(records.map(({ action }) => action)).toEqual(['automation.paused', 'automation.resumed']);
    const { seq, hash = '' } = records[1] ?? { seq: 0 };
    const proof = { ok: true, records: 2, pruned: null, brokenAt: null, problem: null, head: { seq, hash } };
    expect(await operations.verifyAudit()).toEqual(proof);
    expect(await operations.verifyAudit({ expect: { seq, hash } })).toEqual(proof);
    expect(await operations.verifyAudit({ expect: { seq: 3, hash } })).toMatchObject({ ok: false, brokenAt: 3 });
    expect(await operations.verifyLedger({ days: 30 })).toMatchObject({ ok: true, problems: [] });
  });

  it('previews a prompt without running anything', async () => {
    const { operations, database } = await given();
    expect(await operations.previewTrigger('digest', { event: '{"a":1}' })).toEqual({
      system: 'system',
      user: 'Do the work. {"a":1}',
    });
    expect(await database.countRuns()).toEqual({ queued: 0, running: 0 });
  });

  it('says how the runtime does', async () => {
    const { operations } = await given();
    expect(await operations.health()).toEqual({
      status: 'ok',
      version: expect.stringMatching(/^\d/),
      bundle: { name: 'test-bundle', timezone: 'UTC', automations: 2, broken: 1 },
      queued: 0,
      running: 0,
      deadDeliveries: 0,
    });
    expect(await operations.diagnostics()).toEqual([]);
  });
});
