import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/db/index.ts';
import { NO_FAULTS } from '../../src/domain/ports/faults.ts';
import { tempDir } from '../support/temp-dir.ts';
import { newId } from './fixtures.ts';

const HOURS = 3_600_000;

const upload = { filename: 'a.txt', mediaType: 'text/plain', kind: 'upload', owner: 'key_1' } as const;

test('bytes that a crash left without a row are removed, those with a row stay', async () => {
  const stateDir = tempDir();
  const database = await openDatabase({ stateDir, faults: NO_FAULTS, newId });
  const now = Date.now();
  const saved = await database.saveFile(upload, Buffer.from('abc'), { maxBytes: 9, maxFiles: 9 }, now);
  const dir = join(stateDir, 'files');
  writeFileSync(join(dir, 'fi_lost'), 'x');
  writeFileSync(join(dir, 'fi_torn.part'), 'x');
  await database.removeExpired(now);
  expect(readdirSync(dir)).toHaveLength(3);
  await database.removeExpired(now + 2 * HOURS);
  expect(readdirSync(dir)).toEqual([saved.ok && saved.file.id]);
  await database.close();
});

test('the bytes lie in the state folder, for its owner alone', async () => {
  const stateDir = tempDir();
  const database = await openDatabase({ stateDir, faults: NO_FAULTS, newId });
  expect(existsSync(join(stateDir, 'files'))).toBe(false);
  const saved = await database.saveFile(upload, Buffer.from('abc'), { maxBytes: 9, maxFiles: 9 }, 1000);
  if (!saved.ok) throw new Error(saved.reason);
  expect(statSync(join(stateDir, 'files')).mode & 0o777).toBe(0o700);
  expect(statSync(join(stateDir, 'files', saved.file.id)).mode & 0o777).toBe(0o600);
  await database.close();
});

test('a folder without files has nothing to remove', async () => {
  const stateDir = tempDir();
  mkdirSync(join(stateDir, 'other'));
  const database = await openDatabase({ stateDir, faults: NO_FAULTS, newId });
  expect(await database.removeExpired(Date.now())).toBe(0);
  await database.close();
});
