import { describe, expect, it } from 'vitest';
import type { Database } from '../../../src/domain/ports/database.ts';
import type { StoredDocument } from '../../../src/domain/store.ts';
import { MINUTE, type OpenStore, T0 } from '../world.ts';

function document(key: string, value: StoredDocument['value'], store = 'deals'): StoredDocument {
  return { store, key, value, origin: 'trusted', run: 'run_1', updatedAt: T0 };
}

async function fill(database: Database, values: readonly StoredDocument['value'][]): Promise<void> {
  for (const [index, value] of values.entries()) await database.putDocument(document(`k${index}`, value), {}, T0);
}

export function describeDocuments(open: OpenStore): void {
  describe('documents', () => {
    it('keeps one value a key and says who wrote it', async () => {
      const { database } = await open();
      await database.putDocument(document('a', { n: 1 }), {}, T0);
      const written = { ...document('a', { n: 2, text: 'it\'s "quoted"; DROP' }), origin: 'untrusted' as const };
      await database.putDocument(written, {}, T0);
      expect(await database.getDocument('deals', 'a', T0)).toEqual(written);
      expect(await database.getDocument('other', 'a', T0)).toBeUndefined();
      expect(await database.countDocuments('deals', T0)).toBe(1);
      expect(await database.deleteDocument('deals', 'a', T0)).toBe(true);
      expect(await database.deleteDocument('deals', 'a', T0)).toBe(false);
      expect(await database.countDocuments('deals', T0)).toBe(0);
    });

    it('forgets what has expired', async () => {
      const { database } = await open();
      await database.putDocument(document('a', { n: 1 }), { expiresAt: T0 + MINUTE }, T0);
      expect(await database.getDocument('deals', 'a', T0 + MINUTE - 1)).toBeDefined();
      expect(await database.getDocument('deals', 'a', T0 + MINUTE)).toBeUndefined();
      expect(await database.listDocuments('deals', { limit: 5 }, T0 + MINUTE)).toEqual([]);
      expect(await database.countDocuments('deals', T0 + MINUTE)).toBe(0);
      expect(await database.deleteDocument('deals', 'a', T0 + MINUTE)).toBe(false);
      await database.putDocument(document('a', { n: 2 }), {}, T0 + MINUTE);
      expect(await database.countDocuments('deals', T0 + 99 * MINUTE)).toBe(1);
    });

    it('filters by value and type', async () => {
      const { database } = await open();
      await fill(database, [
        { stage: 'won', amount: 5, hot: true, tags: ['a'], note: null },
        { stage: 'lost', amount: 5.5, hot: false, 'odd "name" $.x': 'y' },
        { stage: '5', amount: '5', hot: 1 },
      ]);
      const keys = async (filter: Record<string, unknown>) =>
        (await database.listDocuments('deals', { filter, limit: 10 }, T0)).map(({ key }) => key);
      expect(await keys({ stage: 'won' })).toEqual(['k0']);
      expect(await keys({ amount: 5 })).toEqual(['k0']);
      expect(await keys({ amount: '5' })).toEqual(['k2']);
      expect(await keys({ hot: true })).toEqual(['k0']);
      expect(await keys({ hot: false, amount: 5.5 })).toEqual(['k1']);
      expect(await keys({ tags: ['a'] })).toEqual(['k0']);
      expect(await keys({ note: null, stage: 'won' })).toEqual(['k0']);
      expect(await keys({ absent: null })).toEqual(['k0', 'k1', 'k2']);
      expect(await keys({ 'odd "name" $.x': 'y' })).toEqual(['k1']);
      expect(await keys({ "x' OR 1=1 --": 1 })).toEqual([]);
    });

    it('sorts by a field and cuts after the limit', async () => {
      const { database } = await open();
      await fill(database, [{ n: 10 }, { n: 9 }, {}, { n: 100 }]);
      const keys = async (descending: boolean, limit = 10) =>
        (await database.listDocuments('deals', { sort: { field: 'n', descending }, limit }, T0)).map(({ key }) => key);
      expect(await keys(false)).toEqual(['k2', 'k1', 'k0', 'k3']);
      expect(await keys(true, 2)).toEqual(['k3', 'k0']);
      const byKey = await database.listDocuments('deals', { limit: 2 }, T0);
      expect(byKey.map(({ key }) => key)).toEqual(['k0', 'k1']);
    });
  });
}
