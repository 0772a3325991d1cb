import { describe, expect, it } from 'vitest';
import type { NewTurn } from '../../../src/domain/ports/conversations.ts';
import { claimBy, DONE, ending, newRun, type OpenStore, T0 } from '../world.ts';

const DAY = 86_400_000;

const key = { id: 'key_1', name: 'ci', createdBy: 'cli', createdAt: T0 };

function turn(number: number, more: Partial<NewTurn> = {}): NewTurn {
  return {
    id: 'sess_1',
    owner: 'key_1',
    question: `msg_q${number}`,
    answer: `msg_a${number}`,
    expiresAt: T0 + DAY,
    ...more,
  };
}

/** Access keys, conversations and files of the `Database` port. */
export function describeCalls(open: OpenStore): void {
  describe('access keys', () => {
    it('are found by their hash, also when they are revoked', async () => {
      const { database } = await open();
      await database.addAccessKey({ ...key, automation: 'digest', expiresAt: T0 + 1 }, 'hash-1');
      expect(await database.findAccessKey('hash-1')).toMatchObject({ id: 'key_1', automation: 'digest' });
      expect(await database.findAccessKey('hash-2')).toBeUndefined();
      expect(await database.revokeAccessKey('ci', 'ada', T0 + 5)).toMatchObject({ revokedAt: T0 + 5 });
      expect(await database.findAccessKey('hash-1')).toMatchObject({ revokedAt: T0 + 5 });
      expect(await database.revokeAccessKey('key_1', 'ada', T0 + 9)).toMatchObject({ revokedAt: T0 + 5 });
      expect(await database.revokeAccessKey('nobody', 'ada', T0)).toBeUndefined();
    });

    it('share no name while they are not revoked, and leave an audit row each', async () => {
      const { database } = await open();
      await database.addAccessKey(key, 'hash-1');
      await expect(database.addAccessKey({ ...key, id: 'key_2' }, 'hash-2')).rejects.toMatchObject({
        code: 'conflict',
      });
      await database.revokeAccessKey('ci', 'ada', T0);
      await database.addAccessKey({ ...key, id: 'key_3' }, 'hash-3');
      expect((await database.listAccessKeys()).map(({ id }) => id)).toEqual(['key_3', 'key_1']);
      const actions = (await database.listAudit({ limit: 10 })).map(({ action }) => action);
      expect(actions).toEqual(['key.created', 'key.revoked', 'key.created']);
      expect(JSON.stringify(await database.listAudit({ limit: 10 }))).not.toContain('hash-');
    });
  });

  describe('conversations', () => {
    it('keep their turns in order, and are gone when they expire', async () => {
      const { database } = await open();
      const first = newRun({ turn: turn(1), overlap: 'parallel', maxActive: 5 });
      const second = newRun({ turn: turn(2, { expiresAt: T0 + 2 * DAY }), overlap: 'parallel', maxActive: 5 });
      await database.enqueueRun(first, {}, T0);
      await database.enqueueRun(second, {}, T0 + 1);
      const turns = await database.listTurns('sess_1', { limit: 10 });
      expect(turns.map(({ run, question }) => [run, question])).toEqual([
        [first.id, 'msg_q1'],
        [second.id, 'msg_q2'],
      ]);
      expect(await database.listTurns('sess_1', { before: second.id, limit: 10 })).toHaveLength(1);
      expect(await database.getRunTurn(second.id)).toMatchObject({ conversation: { id: 'sess_1' } });
      expect(await database.getConversation('sess_1', T0 + DAY + 1)).toMatchObject({ owner: 'key_1' });
      expect(await database.getConversation('sess_1', T0 + 2 * DAY)).toBeUndefined();
    });

    it('go on in the same thread until they expire', async () => {
      const { database } = await open();
      const runs = [T0, T0 + 1, T0 + 3 * DAY].map((at, index) => ({
        at,
        run: newRun({ turn: turn(index, { id: `sess_${index}`, thread: 't', expiresAt: at + DAY }) }),
      }));
      for (const { run, at } of runs) await database.enqueueRun({ ...run, overlap: 'parallel' }, {}, at);
      const found = await Promise.all(runs.map(({ run }) => database.getRunTurn(run.id)));
      expect(found.map((one) => one?.conversation.id)).toEqual(['sess_0', 'sess_0', 'sess_2']);
    });

    it('answer one turn after another, while others run beside them', async () => {
      const { database } = await open();
      const parallel = { overlap: 'parallel', maxActive: 5 } as const;
      const first = newRun({ turn: turn(1), ...parallel });
      const second = newRun({ turn: turn(2), ...parallel });
      const other = newRun(parallel);
      for (const run of [first, second, other]) await database.enqueueRun(run, {}, T0);
      const claimed = [await claimBy(database, 'a', T0), await claimBy(database, 'a', T0)];
      expect(claimed.map((one) => one?.run.id)).toEqual([first.id, other.id]);
      expect(await claimBy(database, 'a', T0)).toBeUndefined();
      const [held] = claimed;
      if (held) await database.settleRun(ending(held, DONE), T0);
      expect((await claimBy(database, 'a', T0))?.run.id).toBe(second.id);
    });

    it('have no turn for a message that came before', async () => {
      const { database } = await open();
      await database.enqueueRun(newRun({ turn: turn(1), dedupeKey: 'k', overlap: 'parallel' }), {}, T0);
      const again = await database.enqueueRun(newRun({ turn: turn(2), dedupeKey: 'k', overlap: 'parallel' }), {}, T0);
      expect(again.type).toBe('duplicate');
      expect(await database.listTurns('sess_1', { limit: 10 })).toHaveLength(1);
    });
  });

  describe('files', () => {
    const upload = { filename: 'a.csv', mediaType: 'text/csv', kind: 'upload', owner: 'key_1' } as const;
    const limits = { maxBytes: 10, maxFiles: 2 };

    it('are there whole until they expire, then their bytes are removed', async () => {
      const { database } = await open();
      const saved = await database.saveFile(upload, Buffer.from('a,b\n1,2\n'), limits, T0);
      if (!saved.ok) throw new Error(saved.reason);
      const { id, expiresAt } = saved.file;
      expect(id).toMatch(/^fi_/);
      expect(saved.file).toMatchObject({ sizeBytes: 8, filename: 'a.csv', owner: 'key_1' });
      expect(await database.getFile(id, T0)).toEqual({ ...saved.file, run: undefined });
      expect((await database.readFile(id, T0))?.toString()).toBe('a,b\n1,2\n');
      expect(await database.readFile(id, expiresAt)).toBeUndefined();
      expect(await database.removeExpired(expiresAt)).toBe(1);
      expect(await database.readFile(id, T0)).toBeUndefined();
    });

    it('leave nothing when they are too large, too many, or break off', async () => {
      const { database } = await open();
      expect(await database.saveFile(upload, Buffer.alloc(11), limits, T0)).toEqual({ ok: false, reason: 'too_large' });
      async function* broken() {
        yield Buffer.from('abc');
        throw new Error('hung up');
      }
      await expect(database.saveFile(upload, broken(), limits, T0)).rejects.toThrow('hung up');
      const saves = [1, 2, 3].map(() => database.saveFile(upload, Buffer.from('abc'), limits, T0));
      const results = await Promise.all(saves);
      expect(results.filter(({ ok }) => ok)).toHaveLength(2);
      expect(results.filter(({ ok }) => !ok)).toEqual([{ ok: false, reason: 'too_many' }]);
      const left = results.flatMap((one) => (one.ok ? [one.file.id] : []));
      for (const id of left) expect((await database.readFile(id, T0))?.length).toBe(3);
    });

    it('are listed with the run that made them', async () => {
      const { database } = await open();
      const chart = { filename: 'c.svg', mediaType: 'image/svg+xml', kind: 'chart', run: 'run_1' } as const;
      await database.saveFile(chart, Buffer.from('<svg/>'), limits, T0);
      await database.saveFile({ ...chart, run: 'run_2' }, Buffer.from('<svg/>'), limits, T0);
      expect((await database.listRunFiles('run_1', T0)).map(({ filename }) => filename)).toEqual(['c.svg']);
    });
  });
}
