import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type GitProcess, runGit } from './git-process.ts';

/** What to take out of which commit, and where to put it. */
export interface GitTreeOptions {
  /** Any name of a commit: `origin/main`, a tag, a hash. */
  readonly ref: string;
  /** An empty folder. */
  readonly into: string;
  /** By path relative to the folder that is compared. */
  readonly wanted: (path: string) => boolean;
}

export type GitTree =
  | { readonly ok: true; readonly commit: string; readonly paths: readonly string[] }
  | { readonly ok: false; readonly reason: string };

interface Entry {
  readonly mode: string;
  readonly id: string;
  readonly size: number;
  readonly path: string;
}

const LINK = '120000';
const FILES = ['100644', '100755', '100664', LINK];
/** Larger files are no part of any bundle. */
const MOST_BYTES = 16 * 1024 * 1024;
const BATCH_BYTES = 32 * 1024 * 1024;
const BATCH_FILES = 1_000;
const MAX_LIST_BYTES = 64 * 1024 * 1024;

/**
 * Writes the files of a commit below `git.dir` into another folder, byte for byte as Git keeps them: nothing is checked
 * out, so no hook, filter or text conversion runs.
 */
export async function readGitTree(git: GitProcess, { ref, into, wanted }: GitTreeOptions): Promise<GitTree> {
  if (ref.startsWith('-') || ref.trim() === '') return { ok: false, reason: 'it is no name of a commit' };
  const found = await runGit(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], git);
  const commit = found?.toString('utf8').trim();
  if (!commit) return { ok: false, reason: 'there is no such commit here' };
  const list = await runGit(['ls-tree', '-r', '-z', '--long', commit], { ...git, maxBytes: MAX_LIST_BYTES });
  if (!list) return { ok: false, reason: 'its files could not be listed' };
  const entries = entriesOf(list.toString('utf8')).filter(({ path }) => wanted(path));
  for (const batch of batchesOf(entries)) {
    const contents = await readBlobs(git, batch);
    if (!contents) return { ok: false, reason: 'its files could not be read; is the clone a partial one?' };
    for (const { entry, content } of contents) write(into, entry, content);
  }
  return { ok: true, commit, paths: entries.map(({ path }) => path) };
}

/** Paths that Git tracks or would track below a folder, relative to it; undefined = that is no repository. */
export async function listTracked(git: GitProcess, paths: readonly string[]): Promise<readonly string[] | undefined> {
  const args = ['--literal-pathspecs', 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...paths];
  const list = await runGit(args, { ...git, maxBytes: MAX_LIST_BYTES });
  return list && [...new Set(list.toString('utf8').split('\0').filter(Boolean))];
}

/** Links come last: nothing is ever written through one. */
function entriesOf(list: string): readonly Entry[] {
  const entries = list.split('\0').flatMap((line): readonly Entry[] => {
    const [, mode = '', id = '', size = '', path = ''] = /^(\d+) blob ([0-9a-f]+) +(\d+)\t(.+)$/s.exec(line) ?? [];
    const isSafe = path !== '' && path.split('/').every((part) => !['', '.', '..'].includes(part));
    return isSafe && FILES.includes(mode) && Number(size) <= MOST_BYTES ? [{ mode, id, size: Number(size), path }] : [];
  });
  return [...entries.filter(({ mode }) => mode !== LINK), ...entries.filter(({ mode }) => mode === LINK)];
}

function batchesOf(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const batches: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const last = batches.at(-1);
    bytes += entry.size;
    if (last && bytes <= BATCH_BYTES && last.length < BATCH_FILES) last.push(entry);
    else {
      batches.push([entry]);
      bytes = entry.size;
    }
  }
  return batches;
}

async function readBlobs(git: GitProcess, entries: readonly Entry[]) {
  const input = entries.map(({ id }) => `${id}\n`).join('');
  const maxBytes = entries.reduce((sum, { size }) => sum + size + 200, 1024);
  const output = await runGit(['cat-file', '--batch'], { ...git, input, maxBytes });
  if (!output) return undefined;
  const contents: { readonly entry: Entry; readonly content: Buffer }[] = [];
  let at = 0;
  for (const entry of entries) {
    const end = output.indexOf('\n', at);
    if (output.toString('latin1', at, end) !== `${entry.id} blob ${entry.size}`) return undefined;
    contents.push({ entry, content: output.subarray(end + 1, end + 1 + entry.size) });
    at = end + 1 + entry.size + 1;
  }
  return contents;
}

function write(into: string, { mode, path }: Entry, content: Buffer): void {
  const file = join(into, path);
  mkdirSync(dirname(file), { recursive: true });
  if (mode === LINK) symlinkSync(content.toString('utf8'), file);
  else writeFileSync(file, content, { flag: 'wx' });
}
