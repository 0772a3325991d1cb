import { describe, expect, it } from 'vitest';
import { openConnection } from '../../src/db/sqlite/connection.ts';
import { explainError } from '../../src/db/sqlite/explain-error.ts';
import { createDatabase } from '../../src/db/sqlite/open-database.ts';
import { openFile } from '../../src/db/sqlite/open-file.ts';
import { makeStateDir } from '../../src/db/state-dir.ts';
import { NO_FAULTS } from '../../src/domain/ports/faults.ts';
import { tempDir } from '../support/temp-dir.ts';
import { newId, newRun, T0 } from './fixtures.ts';

/** A database whose file may not grow by more than some pages, as on a disk that is nearly full. */
function openOnSmallDisk(spare: number) {
  const stateDir = tempDir();
  makeStateDir(stateDir);
  const connection = openFile(stateDir, NO_FAULTS);
  const pages = connection.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0;
  const allow = (count: number) => connection.exec(`PRAGMA max_page_count = ${pages + count}`);
  allow(spare);
  return { database: createDatabase(connection, NO_FAULTS, newId), makeRoom: () => allow(100_000) };
}

const big = () =>
  newRun({ event: { source: 'webhook', format: 'text', body: 'x'.repeat(9000), headers: {}, query: {} } });

describe('a full disk', () => {
  it('is told as unavailable, shows in the health, loses nothing acknowledged and is over when there is room', async () => {
    const { database, makeRoom } = openOnSmallDisk(40);
    expect(await database.healthy()).toBe(true);
    const answers = await Promise.allSettled(
      Array.from({ length: 60 }, async () => {
        const run = big();
        await database.enqueueRun(run, {}, T0);
        return run.id;
      }),
    );
    const kept = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(kept.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/amodal\.db cannot grow \(SQLITE_FULL\): free some disk space/),
    });
    expect(await database.healthy()).toBe(false);
    expect((await database.listRuns({ limit: 100 })).map(({ id }) => id).toSorted()).toEqual(kept.toSorted());
    makeRoom();
    expect(await database.healthy()).toBe(true);
    expect(await database.enqueueRun(big(), {}, T0)).toMatchObject({ type: 'queued' });
    await database.close();
  });
});

describe('a file that stays locked', () => {
  it('makes verbs wait, then says so without harm', async () => {
    const stateDir = tempDir();
    makeStateDir(stateDir);
    const connection = openFile(stateDir, NO_FAULTS);
    connection.exec('PRAGMA busy_timeout = 0');
    const database = createDatabase(connection, NO_FAULTS, newId);
    const other = openConnection(connection.path, 0);
    other.exec('BEGIN IMMEDIATE');
    await expect(database.enqueueRun(newRun(), {}, T0)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('stayed locked by another process'),
    });
    const waiting = database.enqueueRun(newRun(), {}, T0);
    setImmediate(() => other.exec('ROLLBACK'));
    expect(await waiting).toMatchObject({ type: 'queued' });
    other.close();
    await database.close();
  });
});

describe('errors of the file', () => {
  it('each say what to do', () => {
    const said = (code: string) => explainError(Object.assign(new Error('disk I/O error'), { code }), '/s/amodal.db');
    expect(said('SQLITE_IOERR_WRITE')).toMatchObject({
      code: 'unavailable',
      message:
        'state in /s/amodal.db cannot be used (SQLITE_IOERR_WRITE: disk I/O error): check the disk and the permissions.',
    });
    expect(said('SQLITE_READONLY').code).toBe('unavailable');
    expect(said('SQLITE_CORRUPT').code).toBe('state_unreadable');
    expect(said('SQLITE_CONSTRAINT_TRIGGER').code).toBe('internal');
    expect(explainError('odd', '/s/amodal.db')).toMatchObject({
      code: 'internal',
      message: 'state in /s/amodal.db: odd',
    });
  });
});
