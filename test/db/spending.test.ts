import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/domain/ports/database.ts';
import { claimed, MINUTE, openSqlite, T0 } from './world.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

async function spend(database: Database, automation: string, calls: readonly (readonly [number, number | null])[]) {
  const { run } = await claimed(database, { automation });
  for (const [at, costUsd] of calls) {
    const content = { model: automation === 'a' ? 'p/big' : 'p/small', inputTokens: 10, outputTokens: 5, costUsd };
    await database.appendTranscript(run.id, run.fence, [{ type: 'usage', content }], at);
  }
}

describe('what model calls cost', () => {
  it('is summed up by automation, by model and by day, unknown prices apart', async () => {
    const { database } = await openSqlite();
    await spend(database, 'a', [
      [T0, 1],
      [T0 + DAY, 2],
    ]);
    await spend(database, 'b', [
      [T0, 0.5],
      [T0, null],
    ]);
    const window = { since: T0, until: T0 + 2 * DAY };
    const tokens = { inputTokens: 20, outputTokens: 10 };
    expect(await database.sumSpend({ by: 'automation', ...window })).toEqual([
      { key: 'a', runs: 1, calls: 2, ...tokens, costUsd: 3, callsOfUnknownPrice: 0 },
      { key: 'b', runs: 1, calls: 2, ...tokens, costUsd: 0.5, callsOfUnknownPrice: 1 },
    ]);
    expect((await database.sumSpend({ by: 'model', ...window })).map(({ key }) => key)).toEqual(['p/big', 'p/small']);
    expect(await database.sumSpend({ by: 'day', ...window })).toMatchObject([
      { key: '2026-01-06', runs: 1, costUsd: 2 },
      { key: '2026-01-05', runs: 2, costUsd: 1.5 },
    ]);
    expect(await database.sumSpend({ by: 'day', since: T0 + 1, until: T0 + DAY })).toEqual([]);
  });

  it('is told for one automation hour by hour, and what is told together never ages too early', async () => {
    const { database, reopen } = await openSqlite();
    await spend(database, 'a', [
      [T0, 1],
      [T0 + 20 * MINUTE, 2],
      [T0 + 3 * HOUR, 4],
      [T0 + 3 * HOUR, null],
    ]);
    await spend(database, 'b', [[T0, 8]]);
    const again = await reopen();
    expect(await again.listSpent('a', 0)).toEqual([
      { at: T0 + 20 * MINUTE, usd: 3 },
      { at: T0 + 3 * HOUR, usd: 4 },
    ]);
    expect(await again.listSpent('a', T0 + 20 * MINUTE)).toEqual([{ at: T0 + 3 * HOUR, usd: 4 }]);
  });
});

describe('notes', () => {
  const note = (key: string, text: string) =>
    ({ automation: 'a', key, text, origin: 'untrusted', author: 'run_1', updatedAt: T0 }) as const;

  it('survive a restart, belong to one automation, and are replaced by key', async () => {
    const { database, reopen } = await openSqlite();
    await database.putNote(note('b', 'one'), { maxBytes: 100 }, T0);
    await database.putNote(note('a', 'two'), { maxBytes: 100 }, T0);
    await database.putNote({ ...note('b', 'three'), origin: 'trusted' }, { maxBytes: 100 }, T0);
    await database.putNote({ ...note('b', 'other'), automation: 'other' }, { maxBytes: 100 }, T0);
    const again = await reopen();
    expect(await again.listNotes('a')).toEqual([note('a', 'two'), { ...note('b', 'three'), origin: 'trusted' }]);
    expect(await again.getNote('other', 'b')).toMatchObject({ text: 'other' });
    expect(await again.deleteNote('a', 'b', {}, T0)).toBe(true);
    expect(await again.deleteNote('a', 'b', {}, T0)).toBe(false);
    expect(await again.getNote('a', 'b')).toBeUndefined();
  });

  it('never have more bytes than they may, keys included, and a note makes room for itself', async () => {
    const { database } = await openSqlite();
    const max = { maxBytes: 10 };
    expect(await database.putNote(note('k', '12345678'), max, T0)).toEqual({ ok: true });
    expect(await database.putNote(note('l', '1'), max, T0)).toEqual({ ok: false, free: 1 });
    expect(await database.putNote(note('k', '123456789'), max, T0)).toEqual({ ok: true });
    expect(await database.putNote(note('k', '1234567890'), max, T0)).toEqual({ ok: false, free: 10 });
    expect(await database.getNote('a', 'k')).toMatchObject({ text: '123456789' });
  });

  it('written by a person are in the audit trail, refused ones are not', async () => {
    const { database } = await openSqlite();
    const audit = { action: 'memory.set', actor: 'cli', automation: 'a', details: { key: 'k' } } as const;
    await database.putNote(note('k', '1'), { maxBytes: 10, audit }, T0);
    await database.putNote(note('k', '12345678901'), { maxBytes: 10, audit }, T0);
    const gone = { ...audit, action: 'memory.deleted' } as const;
    await database.deleteNote('a', 'missing', { audit: gone }, T0);
    await database.deleteNote('a', 'k', { audit: gone }, T0);
    const trail = await database.listAudit({ limit: 10 });
    expect(trail.map(({ action }) => action)).toEqual(['memory.set', 'memory.deleted']);
  });
});
