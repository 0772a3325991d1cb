import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { findLine } from '../bundle/find-line.ts';
import { hashFiles } from '../bundle/hash-files.ts';
import { type LoadedBundle, loadBundle } from '../bundle/index.ts';
import { listTracked, readGitTree } from '../bundle/read-git-tree.ts';
import type { Bundle } from '../domain/bundle.ts';
import { compareRights } from '../domain/compare-rights.ts';
import { AmodalError } from '../domain/error.ts';
import type { Place, RightChange } from '../domain/right.ts';
import { rightsOf } from '../domain/rights-of.ts';
import { operationsOf } from '../domain/rights-of-connection.ts';
import { variableOf } from '../domain/secret.ts';
import type { Registries } from './registries.ts';

/** One right that changed: the file and line where it stands now, or stood. */
export interface RightsChange {
  readonly file: string;
  readonly line?: number;
  readonly subject: string;
  readonly right: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What the folder allows more, and less, than the commit. */
export interface RightsComparison {
  /** The commit that the folder was compared with. */
  readonly commit: string;
  readonly widened: readonly RightsChange[];
  readonly narrowed: readonly RightsChange[];
}

interface CompareOptions {
  readonly dir: string;
  /** Any name of a commit. */
  readonly ref: string;
  readonly registries: Registries;
  /** A `PATH` to find `git` on. */
  readonly searchPath?: string;
  /** A variable of the process or of `.env`. */
  readonly variable: (name: string) => string | undefined;
}

/** Folders and files that decide what a bundle allows. */
const BUNDLE_FILE =
  /^(amodal\/)?(amodal\.json$|\.env$|(automations|connections|stores|skills|agents|knowledge|tests|tools)\/)/;
const ALWAYS_PROGRAMS = ['tools', 'amodal/tools', '.env', 'amodal/.env'];
/** Files that are compared by what they say, and texts that no program is made of. */
const NO_PROGRAM = /(^|\/)(tool|spec|access|policy)\.json$|\.md$/;
/** Variables that count without being named. */
const KEYS = ['env:ANTHROPIC_API_KEY', 'env:OPENAI_API_KEY', 'env:GOOGLE_API_KEY'];
/** Stands for variables that are not set: a pull request from elsewhere is checked without secrets. */
const UNSET = 'https://unset.invalid/unset-variable';

/**
 * Compares the rights of the folder as it stands with those of a commit, whose files Git hands over as bytes: nothing
 * of either is run. A folder outside of a repository and an unknown commit are wrong usage.
 */
export async function compareWithCommit(options: CompareOptions): Promise<RightsComparison> {
  const { dir, ref, searchPath } = options;
  const into = mkdtempSync(join(tmpdir(), 'amodal-rights-'));
  try {
    const current = await loadAny(dir, options);
    const programs = programPaths(current.bundle);
    const tracked = await listTracked({ dir, searchPath }, programs);
    if (!tracked) throw refused(ref, 'the folder is in no Git repository, or git is not installed');
    const isProgram = (path: string) =>
      !NO_PROGRAM.test(path) && programs.some((one) => path === one || path.startsWith(`${one}/`));
    const tree = await readGitTree(
      { dir, searchPath },
      { ref, into, wanted: (path) => BUNDLE_FILE.test(path) || isProgram(path) },
    );
    if (!tree.ok) throw refused(ref, tree.reason);
    const base = await loadAny(into, options);
    const paths = { before: tree.paths.filter(isProgram), after: tracked.filter(isProgram) };
    return { commit: tree.commit, ...differences({ into, dir, base, current, paths }) };
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
}

function refused(ref: string, reason: string): AmodalError {
  const wayOut = 'name a commit that was fetched, e.g. origin/main after "git fetch origin main"';
  return new AmodalError('usage', `--against ${JSON.stringify(ref)}: ${reason}: ${wayOut}.`);
}

/** Loads a folder as if all variables were set: whether they are is no matter of rights. */
async function loadAny(dir: string, { registries, variable }: CompareOptions): Promise<LoadedBundle> {
  const first = await loadBundle({ dir, env: {}, registries });
  const names = [...first.cache.sources.byPath.values()].flatMap(({ text }) => text.match(/\benv:[A-Za-z_]\w*/g) ?? []);
  const env = [...KEYS, ...names].map((reference) => {
    const name = variableOf(reference) ?? '';
    return [name, variable(name) || UNSET] as const;
  });
  return loadBundle({ dir, env: Object.fromEntries(env), registries });
}

/** Everything beside a tool, and beside a file that the command of an MCP server names. */
function programPaths({ connections }: Bundle): readonly string[] {
  const words = [...connections.values()].flatMap(({ spec: { command, args } }) => [
    command,
    ...(Array.isArray(args) ? args : []),
  ]);
  const named = words.flatMap((word) => (typeof word === 'string' ? [word, word.slice(word.indexOf('=') + 1)] : []));
  const files = named.map(normalize);
  const inside = files.filter((file) => !/^(\.\.?(\/|$)|\/|-)/.test(file));
  return [...ALWAYS_PROGRAMS, ...inside.map((file) => (dirname(file) === '.' ? file : dirname(file)))];
}

interface Compared {
  readonly into: string;
  readonly dir: string;
  readonly base: LoadedBundle;
  readonly current: LoadedBundle;
  readonly paths: { readonly before: readonly string[]; readonly after: readonly string[] };
}

function differences({ into, dir, base, current, paths }: Compared): Omit<RightsComparison, 'commit'> {
  const asked = (name: string) =>
    operationsOf([base.bundle.connections.get(name), current.bundle.connections.get(name)]);
  const before = rightsOf(base.bundle, { asked, programs: hashFiles(into, paths.before) });
  const after = rightsOf(current.bundle, { asked, programs: hashFiles(dir, paths.after) });
  const { widened, narrowed } = compareRights(before, after);
  const [now, then] = [current.cache.sources.byPath, base.cache.sources.byPath];
  const located = (changes: readonly RightChange[]) =>
    merged(changes.map(({ place, ...change }) => ({ ...lineOf(place, { now, then }), ...change })));
  return { widened: [...unreadable(current, then), ...located(widened)], narrowed: located(narrowed) };
}

type Files = LoadedBundle['cache']['sources']['byPath'];

/** What is gone has no line any more, but the file in which it stood. */
function lineOf(place: Place, { now, then }: { readonly now: Files; readonly then: Files }) {
  const { file, line, exact } = findLine(now, place);
  if (exact) return { file, line };
  const stood = findLine(then, place);
  return stood.exact ? { file: stood.file } : { file, line };
}

/** What a broken file would allow once it is mended is not known, so it must not slip through. */
function unreadable({ bundle, diagnostics, cache }: LoadedBundle, then: Files): readonly RightsChange[] {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').reverse();
  const lines = new Map<string, number | undefined>([
    ...[...bundle.broken.values()].map(({ file }) => [file, undefined] as const),
    ...errors.map(({ file, line }) => [file, line] as const),
  ]);
  const changed = [...lines].filter(([file]) => cache.sources.byPath.get(file)?.hash !== then.get(file)?.hash);
  const after = 'it is broken: what it would allow is not known';
  return changed.map(([file, line]) => {
    return { file, line, subject: `file ${file}`, right: 'unreadable', before: null, after };
  });
}

/** One line of `amodal.json` changes many automations in the same way. */
function merged(changes: readonly RightsChange[]): readonly RightsChange[] {
  const groups = new Map<string, RightsChange[]>();
  for (const change of changes) {
    const { file, line, subject, right, before, after } = change;
    const kind = subject.split(' ')[0];
    const isShared = file.endsWith('amodal.json');
    const key = [isShared ? kind : subject, right, before, after, file, line];
    const group = groups.get(JSON.stringify(key)) ?? [];
    groups.set(JSON.stringify(key), [...group, change]);
  }
  return [...groups.values()].flatMap(([first, ...rest]) => {
    if (!first) return [];
    const others = rest.map(({ subject }) => subject.slice(subject.indexOf(' ') + 1));
    return [{ ...first, subject: [first.subject, ...others].join(', ') }];
  });
}
