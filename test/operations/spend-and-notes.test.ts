import { describe, expect, it } from 'vitest';
import { claim, serverWorld } from '../server/world.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { madeAutomation } from '../support/made-bundle.ts';

const FACES = ['operations', 'remote'] as const;
const DAY = 86_400_000;
const T0 = Date.UTC(2026, 0, 5, 9, 30);

const digest = madeAutomation({
  name: 'digest',
  budget: { per30DaysUsd: 2 },
  memory: { enabled: true, automationWritable: false, maxBytes: 64 },
});

describe.each(FACES)('spend by %s', (face) => {
  it('is summed up by automation, model and day, and says when a spent budget has room again', async () => {
    const clock = new FakeClock(T0);
    const world = await serverWorld({ automations: [digest, madeAutomation({ name: 'free' })], clock });
    const { database } = world;
    const operations = world[face];
    const { run } = await operations.triggerAutomation('digest', { by: 'test' });
    const claimed = await claim(database, clock, run);
    const usage = (costUsd: number | null) => ({
      type: 'usage' as const,
      content: { model: 'p/m', inputTokens: 100, outputTokens: 10, totalTokens: 110, costUsd },
    });
    await database.appendTranscript(run, claimed.run.fence, [usage(1.5)], clock.now());
    await clock.advance(DAY);
    await database.appendTranscript(run, claimed.run.fence, [usage(1), usage(null)], clock.now());
    await clock.advance(1000);
    const report = await operations.sumSpend({ by: 'automation', days: 30 });
    expect(report).toMatchObject({
      by: 'automation',
      rows: [
        { key: 'digest', runs: 1, calls: 3, inputTokens: 300, outputTokens: 30, costUsd: 2.5, callsOfUnknownPrice: 1 },
      ],
      budgets: [{ automation: 'digest', per30DaysUsd: 2, spentUsd: 2.5, leftUsd: 0 }],
    });
    expect(report.budgets[0]?.runsAgainAt).toBe(new Date(T0 + 30 * DAY).toISOString());
    expect((await operations.sumSpend({ by: 'day', days: 30 })).rows.map(({ key }) => key)).toEqual([
      '2026-01-06',
      '2026-01-05',
    ]);
    expect((await operations.sumSpend({ by: 'model', days: 1 })).rows).toMatchObject([{ key: 'p/m', calls: 2 }]);
    await expect(operations.sumSpend({ by: 'day', days: 0 })).rejects.toMatchObject({ code: 'bad_request' });
  });
});

describe.each(FACES)('notes by %s', (face) => {
  async function given() {
    const world = await serverWorld({ automations: [digest, madeAutomation({ name: 'free' })] });
    return { ...world, operations: world[face] };
  }

  it('are written, read and removed by people, each with its audit record', async () => {
    const { operations, database } = await given();
    expect(await operations.setNote('digest', { key: 'known', text: 'disk is slow', by: 'ada' })).toMatchObject({
      automation: 'digest',
      key: 'known',
      origin: 'trusted',
      author: 'ada',
      bytes: 17,
    });
    expect(await operations.listNotes('digest')).toMatchObject([{ key: 'known', text: 'disk is slow' }]);
    expect(await operations.deleteNote('digest', 'known', 'ada')).toEqual({ deleted: 'known' });
    expect(await operations.listNotes('digest')).toEqual([]);
    const trail = await database.listAudit({ limit: 10 });
    expect(trail.map(({ action, actor, details }) => [action, actor, details])).toEqual([
      ['memory.set', 'ada', { key: 'known', bytes: 17 }],
      ['memory.deleted', 'ada', { key: 'known' }],
    ]);
  });

  it('are refused without room, without a key, and where none are kept', async () => {
    const { operations } = await given();
    const set = (name: string, key: string, text: string) => operations.setNote(name, { key, text, by: 'ada' });
    await expect(set('digest', 'long', 'x'.repeat(61))).rejects.toMatchObject({
      code: 'conflict',
      message: 'The note has 65 bytes; the notes of "digest" may have 64 bytes together, 64 are left for this one.',
    });
    await expect(set('digest', ' ', 'x')).rejects.toMatchObject({ code: 'bad_request' });
    await expect(set('free', 'k', 'x')).rejects.toMatchObject({
      code: 'conflict',
      message: '"free" keeps no notes: set "memory": { "enabled": true } in automations/free.json.',
    });
    await expect(operations.listNotes('digset')).rejects.toMatchObject({ code: 'not_found' });
    await expect(operations.deleteNote('digest', 'none', 'ada')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('are not wider than their file says after they were written', async () => {
    const { operations, database, clock } = await given();
    const note = {
      automation: 'gone',
      key: 'k',
      text: 'x',
      origin: 'untrusted',
      author: 'run_1',
      updatedAt: 1,
    } as const;
    await database.putNote(note, { maxBytes: 10 }, clock.now());
    expect(await operations.listNotes('gone')).toMatchObject([{ key: 'k', origin: 'untrusted' }]);
  });
});

describe('the audit trail over HTTP', () => {
  it('is exported whole, a JSON object a line', async () => {
    const { api, database } = await serverWorld({ automations: [digest] });
    for (let index = 1; index <= 1_203; index += 1) {
      await database.appendAudit({ action: 'run.triggered', actor: 'test', details: { index } }, index);
    }
    const response = await api('/api/audit/export');
    expect(response.headers.get('content-type')).toContain('application/x-ndjson');
    const lines = (await response.text()).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual(Array.from({ length: 1_203 }, (_, at) => at + 1));
    const rest = await (await api('/api/audit/export?after=1200')).text();
    expect(rest.trimEnd().split('\n')).toEqual(lines.slice(1_200));
    const { head } = (await (await api('/api/audit/verify')).json()) as { head: { seq: number; hash: string } };
    const proof = await api(`/api/audit/verify?expect=${head.seq}:${head.hash}`);
    expect(await proof.json()).toMatchObject({ ok: true, records: 1_203 });
    expect((await api('/api/audit/verify?expect=12')).status).toBe(400);
  });
});
