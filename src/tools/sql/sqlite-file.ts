import { readdirSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';

export type SqliteFile = { readonly ok: true; readonly file: string } | { readonly ok: false; readonly reason: string };

/** The database file of a connection, relative to the bundle's folder; never one of the runtime's own state. */
export function findSqliteFile(dir: string, file: string): SqliteFile {
  const wanted = resolve(dir, file);
  const found = realPath(wanted);
  if (!found) return { ok: false, reason: `there is no file ${file}` };
  if (!statSync(found).isFile()) return { ok: false, reason: `${file} is not a file` };
  const state = realPath(join(dir, '.amodal'));
  if (state && (isBelow(state, found) || isSameFile(state, found))) {
    return { ok: false, reason: `${file} belongs to the state of the runtime, which no tool reads` };
  }
  return { ok: true, file: found };
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isBelow(folder: string, file: string): boolean {
  const path = relative(folder, file);
  return !path.startsWith('..') && !isAbsolute(path);
}

/** A second name (hard link) of a file of the state. */
function isSameFile(folder: string, file: string): boolean {
  const { dev, ino } = statSync(file);
  return readdirSync(folder).some((name) => {
    const other = statSync(join(folder, name), { throwIfNoEntry: false });
    return other?.dev === dev && other.ino === ino;
  });
}
