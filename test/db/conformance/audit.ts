import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AUDIT_GENESIS, auditText } from '../../../src/domain/audit.ts';
import { audit, claimed, type OpenStore, T0 } from '../world.ts';

export function describeAudit(open: OpenStore): void {
  describe('the audit trail', () => {
    it('chains every record to the one before, as it reads it back', async () => {
      const { database, reopen } = await open();
      const other = await reopen();
      const odd = { 10: 'b', 9: 'a', drop: undefined, nested: { when: new Date(0), list: [1, undefined] } };
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? database : other).appendAudit(
            { ...audit(), details: index === 7 ? odd : { index } },
            T0 + index,
          ),
        ),
      );
      const trail = await database.listAudit({ limit: 100 });
      expect(trail.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      let previous = AUDIT_GENESIS;
      for (const record of trail) {
        expect(record.previousHash).toBe(previous);
        expect(record.hash).toBe(createHash('sha256').update(auditText(record)).digest('hex'));
        previous = record.hash;
      }
    });

    it('pages from a record and by run', async () => {
      const { database } = await open();
      for (const run of ['run_1', 'run_2', 'run_1']) await database.appendAudit({ ...audit(), run, commit: 'abc' }, T0);
      expect((await database.listAudit({ after: 1, limit: 1 })).map(({ seq }) => seq)).toEqual([2]);
      expect((await database.listAudit({ after: 0, limit: 2 })).map(({ seq }) => seq)).toEqual([1, 2]);
      const ofRun = await database.listAudit({ run: 'run_1', limit: 5 });
      expect(ofRun).toMatchObject([
        { seq: 1, commit: 'abc' },
        { seq: 3, commit: 'abc' },
      ]);
    });
  });

  describe('the end of the trail', () => {
    it('is what is listed without a record to begin after, oldest first', async () => {
      const { database } = await open();
      for (const run of ['run_1', 'run_2', 'run_1', 'run_1']) await database.appendAudit({ ...audit(), run }, T0);
      expect((await database.listAudit({ limit: 2 })).map(({ seq }) => seq)).toEqual([3, 4]);
      expect((await database.listAudit({ run: 'run_1', limit: 2 })).map(({ seq }) => seq)).toEqual([3, 4]);
      expect((await database.listAudit({ run: 'run_2', limit: 2 })).map(({ seq }) => seq)).toEqual([2]);
    });
  });

  describe('writes of a run', () => {
    const record = { action: 'write.intent', actor: 'agent', details: {} } as const;

    it('are counted and audited before they leave, each once', async () => {
      const { database } = await open();
      const { run } = await claimed(database);
      const call = {
        run: run.id,
        call: '2.1',
        tool: 'request',
        operation: 'crm:POST /deals',
        idempotencyKey: `${run.id}.2.1`,
        at: T0,
      };
      expect(await database.recordWriteIntent(call, run.fence, record, T0)).toBe(true);
      expect((await database.getRun(run.id))?.writesSent).toBe(1);
      await expect(database.recordWriteIntent(call, run.fence, record, T0)).rejects.toMatchObject({ code: 'conflict' });
      expect((await database.getRun(run.id))?.writesSent).toBe(1);
      expect(await database.listWrites(run.id)).toEqual([{ ...call, outcome: undefined }]);
      const outcome = { result: 'not_applied', status: 409, error: 'conflict' } as const;
      await database.recordWriteOutcome(run.id, '2.1', outcome, { ...record, action: 'write.outcome' }, T0);
      expect(await database.listWrites(run.id)).toEqual([{ ...call, outcome }]);
      const trail = await database.listAudit({ limit: 5 });
      expect(trail.map(({ action }) => action)).toEqual(['write.intent', 'write.outcome']);
    });
  });
}
