import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { operationsWorld } from '../server/world.ts';

const FILE = 'amodal.db';

/** A trail of five records, and what a thief with the file in his hands makes of it. */
async function tampered(...statements: readonly string[]) {
  const world = await operationsWorld();
  for (let index = 1; index <= 5; index += 1) {
    const record = { action: 'run.triggered', actor: 'cli', automation: 'digest', details: { index } } as const;
    await world.database.appendAudit(record, 1000 + index);
  }
  const { head } = await world.operations.verifyAudit();
  const file = new SqliteDatabase(join(world.stateDir, FILE));
  file.exec(['DROP TRIGGER audit_fixed', 'DROP TRIGGER audit_kept', ...statements].join(';'));
  file.close();
  return { ...world, head };
}

describe('the proof of the audit trail', () => {
  it('holds for an untouched trail, and names its last record', async () => {
    const { operations, database } = await tampered();
    const last = (await database.listAudit({ limit: 10 })).at(-1);
    expect(await operations.verifyAudit()).toEqual({
      ok: true,
      records: 5,
      pruned: null,
      brokenAt: null,
      problem: null,
      head: { seq: 5, hash: last?.hash },
    });
  });

  it.each([
    ['an edited detail', 'UPDATE audit SET details = \'{"index":9}\' WHERE seq = 3', 3, 'changed after it was written'],
    ['another actor', "UPDATE audit SET actor = 'somebody' WHERE seq = 5", 5, 'changed after it was written'],
    ['another time', 'UPDATE audit SET at = 7 WHERE seq = 1', 1, 'changed after it was written'],
    ['a removed record', 'DELETE FROM audit WHERE seq = 2', 3, 'record 2 is missing'],
    ['a removed first record', 'DELETE FROM audit WHERE seq = 1', 2, 'record 1 is missing'],
    [
      'two records in each other’s place',
      'UPDATE audit SET seq = 99 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 99',
      2,
      'does not follow the record before it',
    ],
    ['a cut end', 'DELETE FROM audit WHERE seq > 3', 4, 'ends here, and it went on to record 5'],
    ['an emptied trail', 'DELETE FROM audit', 1, 'ends here, and it went on to record 5'],
    ['a cut end without the note of it', 'DELETE FROM audit WHERE seq > 3; DELETE FROM audit_head', 3, 'note of where'],
  ])('finds %s', async (_, statement, brokenAt, problem) => {
    const { operations } = await tampered(statement);
    expect(await operations.verifyAudit()).toMatchObject({
      ok: false,
      brokenAt,
      problem: expect.stringContaining(problem),
      head: null,
    });
  });

  it('finds a cut end and its forged note by the record that somebody noted elsewhere', async () => {
    const forged = 'INSERT OR REPLACE INTO audit_head (id, seq, hash) SELECT 1, seq, hash FROM audit WHERE seq = 3';
    const { operations, head } = await tampered('DELETE FROM audit WHERE seq > 3', forged);
    expect(await operations.verifyAudit()).toMatchObject({ ok: true, records: 3 });
    expect(await operations.verifyAudit({ expect: head ?? undefined })).toMatchObject({ ok: false, brokenAt: 4 });
  });

  it('finds a trail that was written anew up to the noted record', async () => {
    const { operations, head } = await tampered();
    const other = { seq: 5, hash: 'f'.repeat(64) };
    expect(await operations.verifyAudit({ expect: head ?? undefined })).toMatchObject({ ok: true });
    expect(await operations.verifyAudit({ expect: other })).toMatchObject({
      ok: false,
      brokenAt: 5,
      problem: expect.stringContaining('noted under its number'),
    });
  });

  it('cannot be changed through the runtime’s own connection', async () => {
    const world = await operationsWorld();
    await world.database.appendAudit({ action: 'run.triggered', actor: 'cli', details: {} }, 1);
    const file = new SqliteDatabase(join(world.stateDir, FILE));
    for (const statement of ['UPDATE audit SET actor = 1', 'DELETE FROM audit']) {
      expect(() => file.exec(statement)).toThrow('append-only');
    }
    file.close();
  });

  describe('after retention took its beginning', () => {
    const pruned = async (...statements: readonly string[]) => {
      const world = await tampered();
      const first = (await world.database.listAudit({ after: 0, limit: 1 }))[0];
      expect(await world.database.pruneAudit({ before: 1004, limit: 100 }, 9000)).toBe(3);
      const file = new SqliteDatabase(join(world.stateDir, FILE));
      file.exec(statements.join(';'));
      file.close();
      return { ...world, first };
    };

    it('holds from the record on that names what went, and for whoever noted a later one', async () => {
      const { operations, database, head } = await pruned();
      const last = (await database.listAudit({ limit: 10 })).at(-1);
      expect(await operations.verifyAudit({ expect: head ?? undefined })).toEqual({
        ok: true,
        records: 3,
        pruned: await database.auditAnchor(),
        brokenAt: null,
        problem: null,
        head: { seq: 6, hash: last?.hash },
      });
    });

    it('proves nothing of a record that went, but that the last of them was this one', async () => {
      const { operations, database, first } = await pruned();
      const anchor = await database.auditAnchor();
      expect(await operations.verifyAudit({ expect: anchor })).toMatchObject({ ok: true });
      expect(await operations.verifyAudit({ expect: { seq: 3, hash: 'f'.repeat(64) } })).toMatchObject({
        ok: false,
        brokenAt: 3,
      });
      expect(await operations.verifyAudit({ expect: first })).toMatchObject({
        ok: false,
        brokenAt: 1,
        problem: expect.stringContaining('removed by retention with all up to record 3'),
      });
    });

    it.each([
      ['more than it took', 'DELETE FROM audit WHERE seq = 4', 5, 'record 4 is missing'],
      [
        'more than it took, with the note of it moved',
        'INSERT OR REPLACE INTO audit_anchor (id, seq, hash) SELECT 1, seq, hash FROM audit WHERE seq = 4; DELETE FROM audit WHERE seq = 4',
        4,
        'no record says that retention removed it',
      ],
      ['the note of what it took', 'DELETE FROM audit_anchor', 4, 'record 1 is missing'],
    ])('finds that somebody removed %s', async (_, statement, brokenAt, problem) => {
      const { operations } = await pruned(statement);
      expect(await operations.verifyAudit()).toMatchObject({
        ok: false,
        brokenAt,
        problem: expect.stringContaining(problem),
      });
    });
  });
});
