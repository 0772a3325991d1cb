import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import {
  acquireStateLock,
  instanceSecret,
  isStateHeld,
  openDatabase,
  readHolder,
  updateHolder,
} from '../../src/db/index.ts';
import { MIGRATIONS } from '../../src/db/sqlite/migrations.ts';
import { openFile } from '../../src/db/sqlite/open-file.ts';
import type { Database } from '../../src/domain/ports/database.ts';
import { NO_FAULTS } from '../../src/domain/ports/faults.ts';
import { tempDir } from '../support/temp-dir.ts';
import { claimBy, claimed, DONE, ending, newDelivery, newId, newRun, T0 } from './fixtures.ts';

const open = (stateDir: string): Promise<Database> => openDatabase({ stateDir, faults: NO_FAULTS, newId });

/** Raw access to the file, as a curious user has it. */
function raw(stateDir: string): Sqlite.Database {
  return new Sqlite(join(stateDir, 'amodal.db'));
}

describe('openDatabase', () => {
  it('makes a folder and files that only their owner can read, and keeps them out of Git', async () => {
    const stateDir = join(tempDir(), 'deep/.amodal');
    const database = await open(stateDir);
    const lock = await acquireStateLock({ stateDir, holder: { pid: 1, startedAt: T0 } });
    instanceSecret({ stateDir });
    const mode = (file: string) => (statSync(join(stateDir, file)).mode & 0o777).toString(8);
    expect(mode('.')).toBe('700');
    expect(['amodal.db', 'runtime.json', 'secret'].map(mode)).toEqual(['600', '600', '600']);
    expect(readFileSync(join(stateDir, '.gitignore'), 'utf8')).toBe('*\n');
    if (lock.ok) lock.release();
    await database.close();
  });

  it('waits for the disk before it answers', () => {
    const connection = openFile(tempDir(), NO_FAULTS);
    expect(connection.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
    // 2 = FULL: a commit returns after the fsync of the log.
    expect(connection.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
    connection.close();
  });

  it('makes new files so that they can give space back, and leaves files of earlier versions as they are', async () => {
    const [fresh, earlier] = [tempDir(), tempDir()];
    const old = new Sqlite(join(earlier, 'amodal.db'));
    old.exec('PRAGMA journal_mode = WAL; CREATE TABLE first (n); DROP TABLE first');
    old.close();
    for (const [stateDir, mode] of [
      [fresh, 2],
      [earlier, 0],
    ] as const) {
      const database = await open(stateDir);
      const file = raw(stateDir);
      expect(file.pragma('auto_vacuum', { simple: true })).toBe(mode);
      file.exec('CREATE TABLE filler (b BLOB); INSERT INTO filler VALUES (zeroblob(20000000)); DROP TABLE filler');
      const pages = file.pragma('page_count', { simple: true }) as number;
      let given = 0;
      for (let step = await database.shrinkFile(500); step > 0; step = await database.shrinkFile(500)) given += step;
      expect(given > 3000).toBe(mode === 2);
      expect(file.pragma('page_count', { simple: true })).toBeLessThanOrEqual(pages - given);
      file.close();
      await database.close();
    }
  });

  it('refuses a state of a newer version and names the way out', async () => {
    const stateDir = tempDir();
    await (await open(stateDir)).close();
    const file = raw(stateDir);
    file.pragma('user_version = 99');
    file.close();
    await expect(open(stateDir)).rejects.toMatchObject({
      code: 'state_newer',
      message: `state in ${join(stateDir, 'amodal.db')} was written by a newer amodal (schema 99, this one knows ${MIGRATIONS.length}): upgrade amodal, or point it at another state folder.`,
    });
  });

  it('refuses a file that is no database, half a database or another program’s, and leaves it as it was', async () => {
    const noise = tempDir();
    writeFileSync(join(noise, 'amodal.db'), 'x'.repeat(8192));
    await expect(open(noise)).rejects.toMatchObject({
      code: 'state_unreadable',
      message: expect.stringMatching(/amodal\.db cannot be read \(.*\): restore it from a backup, or move it away/),
    });
    expect(readFileSync(join(noise, 'amodal.db'), 'utf8')).toBe('x'.repeat(8192));

    const torn = tempDir();
    await (await open(torn)).close();
    const bytes = readFileSync(join(torn, 'amodal.db'));
    writeFileSync(join(torn, 'amodal.db'), Buffer.concat([bytes.subarray(0, 40), bytes.subarray(900)]));
    await expect(open(torn)).rejects.toMatchObject({ code: 'state_unreadable' });

    const foreign = tempDir();
    const file = raw(foreign);
    file.exec('CREATE TABLE notes (text TEXT)');
    file.close();
    await expect(open(foreign)).rejects.toMatchObject({
      code: 'state_unreadable',
      message: expect.stringContaining('it is a database of another program'),
    });
  });

  it('refuses a state folder that is a file, and a database that is a folder', async () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'state'), '');
    await expect(open(join(dir, 'state'))).rejects.toMatchObject({
      code: 'state_unreadable',
      message: expect.stringContaining(`state folder ${join(dir, 'state')} cannot be used`),
    });
    mkdirSync(join(dir, 'other/amodal.db'), { recursive: true });
    await expect(open(join(dir, 'other'))).rejects.toMatchObject({ code: 'state_unreadable' });
  });

  it('finishes what was asked for before it closes, and refuses what comes after', async () => {
    const stateDir = tempDir();
    const database = await open(stateDir);
    const run = newRun();
    const asked = database.enqueueRun(run, {}, T0);
    await database.close();
    expect(await asked).toMatchObject({ type: 'queued' });
    await expect(database.enqueueRun(newRun(), {}, T0)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(database.getRun(run.id)).rejects.toMatchObject({ code: 'unavailable' });
    await database.close();
    expect(await (await open(stateDir)).getRun(run.id)).toMatchObject({ status: 'queued' });
  });
});

describe('rows that have ended', () => {
  it('cannot be changed or deleted by any statement', async () => {
    const stateDir = tempDir();
    const database = await open(stateDir);
    const held = await claimed(database);
    await database.settleRun(ending(held, DONE, { deliveries: [newDelivery(held.run.id)] }), T0);
    const waiting = newRun();
    await database.enqueueRun(waiting, {}, T0);
    const file = raw(stateDir);
    const columns = file.pragma('table_info(runs)') as { name: string }[];
    const before = await database.getRun(held.run.id);
    for (const { name } of columns.filter(({ name }) => name !== 'dedupe_hash')) {
      const change = () => file.prepare(`UPDATE runs SET ${name} = ${name} WHERE id = ?`).run(held.run.id);
      expect(change, name).toThrow('a run that has ended never changes');
    }
    for (const id of [held.run.id, waiting.id]) {
      expect(() => file.prepare('DELETE FROM runs WHERE id = ?').run(id)).toThrow('a run is never deleted');
    }
    file.prepare("UPDATE deliveries SET status = 'delivered'").run();
    expect(() => file.prepare("UPDATE deliveries SET status = 'pending'").run()).toThrow('never changes');
    file.close();
    expect(await database.getRun(held.run.id)).toEqual(before);
    expect((await claimBy(database, 'a', T0))?.run.id).toBe(waiting.id);
  });

  it('include every line of the audit trail', async () => {
    const stateDir = tempDir();
    const database = await open(stateDir);
    await database.appendAudit({ action: 'bundle.loaded', actor: 'runtime', details: {} }, T0);
    const file = raw(stateDir);
    expect(() => file.prepare("UPDATE audit SET actor = 'me'").run()).toThrow('append-only');
    expect(() => file.prepare('DELETE FROM audit').run()).toThrow('append-only');
    file.close();
  });
});

describe('the holder file', () => {
  it('is replaced as a whole and read as nothing when it is torn', async () => {
    const stateDir = tempDir();
    updateHolder(stateDir, { pid: 7, startedAt: T0 });
    updateHolder(stateDir, { pid: 7, startedAt: T0, url: 'http://127.0.0.1:3847', token: 'secret' });
    expect(readHolder(stateDir)).toEqual({ pid: 7, startedAt: T0, url: 'http://127.0.0.1:3847', token: 'secret' });
    writeFileSync(join(stateDir, 'runtime.json'), '{"pid":');
    expect(readHolder(stateDir)).toBeUndefined();
    expect(isStateHeld(stateDir)).toBe(false);
  });
});

describe('the instance secret', () => {
  it('is never replaced when its file is damaged', () => {
    const stateDir = tempDir();
    writeFileSync(join(stateDir, 'secret'), 'short');
    expect(() => instanceSecret({ stateDir })).toThrow(/secret is not an instance secret/);
    expect(readFileSync(join(stateDir, 'secret'), 'utf8')).toBe('short');
    chmodSync(join(stateDir, 'secret'), 0o600);
  });
});
