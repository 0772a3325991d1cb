import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoreDefinition } from '../../src/domain/store.ts';
import { documentKey } from '../../src/tools/store/document-key.ts';
import { testAutomation, testBundle, testStore } from '../agent/session-world.ts';
import { toolWorld } from './tool-world.ts';

const incidents: Partial<StoreDefinition> = {
  name: 'open-incidents',
  entity: 'incident',
  key: '{team}/{id}',
  schema: {
    team: { type: 'string' },
    id: { type: 'number', min: 1 },
    severity: { type: 'enum', values: ['low', 'high'] },
    seen: { type: 'datetime', nullable: true },
    tags: { type: 'array', item: { type: 'string' }, nullable: true },
    runbook: { type: 'ref', store: 'runbooks', nullable: true },
  },
};
const runbooks: Partial<StoreDefinition> = { name: 'runbooks', key: '{name}', schema: { name: { type: 'string' } } };

const open = (stores: readonly Partial<StoreDefinition>[] = [incidents, runbooks], change = {}) =>
  toolWorld(testBundle({ stores }), change);

describe('the tools of a store', () => {
  it('are named in snake case and described by the fields', async () => {
    const { tools } = await open();
    const names = tools.map(({ name }) => name).filter((name) => name.startsWith('store_open'));
    expect(names).toEqual([
      'store_open_incidents_get',
      'store_open_incidents_list',
      'store_open_incidents_put',
      'store_open_incidents_delete',
    ]);
  });

  it('write, read, list and delete documents by the fields of the key', async () => {
    const { use } = await open();
    await use('store_open_incidents_put', { team: 'core', id: 1, severity: 'low' });
    await use('store_open_incidents_put', { team: 'core', id: 2, severity: 'high' });
    await use('store_open_incidents_put', { team: 'web', id: 3, severity: 'high' });
    await use('store_open_incidents_put', { team: 'core', id: 1, severity: 'high' });
    expect((await use('store_open_incidents_get', { team: 'core', id: 1 })).value).toMatchObject({
      found: true,
      key: 'core/1',
      origin: 'trusted',
      updatedAt: '2026-01-05T09:00:00.000Z',
      value: { team: 'core', id: 1, severity: 'high' },
    });
    const listed = await use('store_open_incidents_list', {
      filter: { team: 'core' },
      sort: { field: 'id', descending: true },
      limit: 1,
    });
    expect(listed.value).toMatchObject({ count: 1, documents: [{ key: 'core/2' }] });
    expect((await use('store_open_incidents_delete', { team: 'core', id: 1 })).value).toEqual({
      deleted: true,
      key: 'core/1',
    });
    expect((await use('store_open_incidents_get', { team: 'core', id: 1 })).value).toEqual({
      found: false,
      key: 'core/1',
    });
  });

  it('refuse a reference to a document that is not there', async () => {
    const { use } = await open();
    const document = { team: 'core', id: 1, severity: 'low', runbook: 'disk' };
    expect(await use('store_open_incidents_put', document)).toMatchObject({
      ok: false,
      sent: false,
      text: '"runbook": there is no document "disk" in the store "runbooks"',
    });
    await use('store_runbooks_put', { name: 'disk' });
    expect(await use('store_open_incidents_put', document)).toMatchObject({ ok: true });
  });

  it('forget documents when their time is over', async () => {
    const { use, clock } = await open([{ ...runbooks, ttlSeconds: 60 }]);
    await use('store_runbooks_put', { name: 'disk' });
    await clock.advance(59_000);
    expect((await use('store_runbooks_get', { name: 'disk' })).value).toMatchObject({ found: true });
    await clock.advance(2_000);
    expect((await use('store_runbooks_get', { name: 'disk' })).value).toMatchObject({ found: false });
  });

  it('keep documents apart by automation where the store is not shared', async () => {
    const stores = [{ ...runbooks, shared: false }];
    const one = await open(stores);
    await one.use('store_runbooks_put', { name: 'disk' });
    const other = await open(stores, { documents: one.documents, automation: testAutomation({ name: 'other' }) });
    expect((await other.use('store_runbooks_list', {})).value).toEqual({ documents: [], count: 0 });
    expect((await one.use('store_runbooks_list', {})).value).toMatchObject({ count: 1 });
  });

  it('mark what a run with an outside event writes', async () => {
    const { use } = await open([runbooks], { untrusted: true });
    await use('store_runbooks_put', { name: 'disk' });
    expect((await use('store_runbooks_get', { name: 'disk' })).value).toMatchObject({ origin: 'untrusted' });
  });

  it.each([
    [{ team: 'core', id: 1, severity: 'low', seen: '2026-01-05T09:00:00Z', tags: ['a'] }, true],
    [{ team: 'core', id: 1, severity: 'low', seen: null, tags: null }, true],
    [{ team: 'core', id: 0, severity: 'low' }, false],
    [{ team: 'core', id: 1, severity: 'urgent' }, false],
    [{ team: 'core', id: 1, severity: 'low', seen: 'tomorrow' }, false],
    [{ team: 'core', id: 1, severity: 'low', tags: [1] }, false],
    [{ team: 'core', id: 1 }, false],
    [{ team: null, id: 1, severity: 'low' }, false],
    [{ team: 'core', id: 1, severity: 'low', more: 1 }, false],
  ])('hold %j against the types of the fields: %s', async (document, fits) => {
    const { tools } = await open();
    const put = tools.find(({ name }) => name === 'store_open_incidents_put');
    const validate = new Ajv({ strict: false }).compile({ ...put?.inputSchema });
    expect(validate(document)).toBe(fits);
  });
});

describe('documentKey', () => {
  it('is the field itself for a key of one field', () => {
    expect(documentKey(testStore({ key: '{id}' }), { id: 'a/b%c@d.e' })).toEqual({ ok: true, key: 'a/b%c@d.e' });
  });

  it('never is the same for two documents', () => {
    const store = testStore({ key: '{a}/{b}-{c}' });
    const part = fc.string({ unit: fc.constantFrom('a', '/', '-', '%', '2', 'f'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.tuple(part, part, part), fc.tuple(part, part, part), (left, right) => {
        const keyOf = ([a, b, c]: readonly string[]) => documentKey(store, { a, b, c });
        fc.pre(left.join('\n') !== right.join('\n'));
        expect(keyOf(left)).not.toEqual(keyOf(right));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([{}, { id: '' }, { id: null }, { id: {} }, { id: 'a\nb' }, { id: 'x'.repeat(513) }])(
    'refuses %j',
    (fields) => {
      expect(documentKey(testStore({ key: '{id}' }), fields).ok).toBe(false);
    },
  );
});
