import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { sep } from 'node:path';

/** The folder of a bundle while it is listed. */
export interface Tree {
  readonly dir: string;
  /** What has been looked at, by path relative to `dir`. */
  readonly folders: Map<string, Folder>;
}

/** What tells a folder to which names came or from which names went. Times are epoch ms. */
export interface Folder {
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  /** It holds links or could not be read: what it shows can change without its times. */
  readonly isOpaque: boolean;
}

export type Entry = Pick<Dirent, 'name' | 'isFile' | 'isDirectory'>;

/** The entries as they come; a folder that is not there or goes away is empty. */
export function entriesOf({ dir, folders }: Tree, folder: string): readonly Entry[] {
  const path = pathOf(dir, folder);
  try {
    const { mtimeMs, ctimeMs, ino } = statSync(path);
    const entries = readdirSync(path, { withFileTypes: true });
    const hasLinks = entries.some((entry) => entry.isSymbolicLink());
    folders.set(folder, { mtimeMs, ctimeMs, ino, isOpaque: hasLinks });
    return hasLinks
      ? entries.map((entry) => (entry.isSymbolicLink() ? followed(dir, path, entry.name) : entry))
      : entries;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    if (code !== 'EACCES' && code !== 'ELOOP') throw error;
    folders.set(folder, { mtimeMs: 0, ctimeMs: 0, ino: 0, isOpaque: true });
    return [];
  }
}

/** Whether every folder is as it was. A folder that was not there then shows in the one above it. */
export function isUnchanged({ dir, folders }: { readonly dir: string; readonly folders: ReadonlyMap<string, Folder> }) {
  try {
    for (const [folder, { mtimeMs, ctimeMs, ino }] of folders) {
      const found = statSync(pathOf(dir, folder));
      if (found.mtimeMs !== mtimeMs || found.ctimeMs !== ctimeMs || found.ino !== ino) return false;
    }
    return true;
  } catch {
    return false;
  }
}

function pathOf(dir: string, folder: string): string {
  return folder === '' ? dir : `${dir}/${folder}`;
}

const NEITHER = { isFile: () => false, isDirectory: () => false };

/** A link counts as the file that it leads to, and only inside the bundle: what Git tracks is what is read. */
function followed(dir: string, path: string, name: string): Entry {
  try {
    const inside = realpathSync(`${path}/${name}`).startsWith(`${realpathSync(dir)}${sep}`);
    return { ...NEITHER, name, isFile: () => inside };
  } catch {
    return { ...NEITHER, name };
  }
}
