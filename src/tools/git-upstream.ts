import { execFile } from 'node:child_process';
import type { ToolResult } from '../domain/ports/tool.ts';

const FIELD = '\u001f';
const RECORD = '\u001e';
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
const MAX_COMMITS = 200;

/** No code of the repository and nothing of the user's own configuration takes part in a read. */
const SETTINGS = ['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'core.quotePath=false', 'safe.directory=*'];
const ENVIRONMENT = { LC_ALL: 'C', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_OPTIONAL_LOCKS: '0' };
const DEFAULT_COMMITS = 20;

/** A read of a repository: a path below the connection and its query, as the gate has let it through. */
export interface GitRequest {
  readonly dir: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Where the `git` binary is looked for (`PATH`). */
  readonly searchPath: string;
  readonly signal: AbortSignal;
}

type Answer = { readonly status: number; readonly body: unknown };

/**
 * The upstream of `protocol: "git"` connections: `GET /commits`, `/commits/{sha}`, `/files`, `/file?path=`, answered
 * from what is committed (never from the work tree), with hooks, pagers and the user's own configuration off.
 */
export async function askGit(request: GitRequest): Promise<ToolResult> {
  const { status, body } = await answer(request);
  return { ok: status < 400, status, text: JSON.stringify(body) };
}

async function answer(request: GitRequest): Promise<Answer> {
  const commit = /^\/commits\/([0-9a-f]{4,40})$/.exec(request.path)?.[1];
  if (request.path === '/commits') return listCommits(request);
  if (commit) return showCommit(request, commit);
  if (request.path === '/files') return listFiles(request);
  if (request.path === '/file') return showFile(request);
  return problem(404, `no such path: ${request.path}; there are /commits, /commits/{sha}, /files and /file?path=`);
}

async function listCommits(request: GitRequest): Promise<Answer> {
  const { limit, since, path } = request.query;
  const count = Math.min(Math.max(1, Math.trunc(Number(limit ?? DEFAULT_COMMITS)) || DEFAULT_COMMITS), MAX_COMMITS);
  const format = ['%H', '%an', '%aI', '%s'].join('%x1f').concat('%x1e');
  const log = await git(request, [
    'log',
    `--max-count=${count}`,
    `--format=${format}`,
    ...sinceFlag(since),
    '--',
    ...pathOf(path),
  ]);
  if (!log.ok) return problem(404, log.error);
  return { status: 200, body: { commits: records(log.text).map(commitOf) } };
}

async function showCommit(request: GitRequest, sha: string): Promise<Answer> {
  const format = ['%H', '%an', '%aI', '%s', '%b'].join('%x1f').concat('%x1e');
  const shown = await git(request, ['show', '--no-patch', `--format=${format}`, `${sha}^{commit}`, '--']);
  if (!shown.ok) return problem(404, `no such commit: ${sha}`);
  const stat = await git(request, ['show', '--numstat', '--format=', '--no-renames', '-z', `${sha}^{commit}`, '--']);
  const [fields = []] = records(shown.text);
  const files = stat.ok ? stat.text.split('\0').filter(Boolean).map(changeOf) : [];
  return { status: 200, body: { ...commitOf(fields), body: (fields[4] ?? '').trim(), files } };
}

async function listFiles(request: GitRequest): Promise<Answer> {
  const tree = await git(request, ['ls-tree', '-r', '-l', '-z', 'HEAD', '--', ...pathOf(request.query.prefix)]);
  if (!tree.ok) return problem(404, tree.error);
  const files = tree.text.split('\0').filter(Boolean).map(entryOf);
  return { status: 200, body: { files: files.map(({ path, size }) => ({ path, size })) } };
}

async function showFile(request: GitRequest): Promise<Answer> {
  const { path } = request.query;
  if (!path) return problem(400, '/file needs ?path=, e.g. ?path=README.md');
  const tree = await git(request, ['ls-tree', '-l', '-z', 'HEAD', '--', ...pathOf(path)]);
  const [entry] = tree.ok ? tree.text.split('\0').filter(Boolean).map(entryOf) : [];
  if (entry?.type !== 'blob') return problem(404, `no committed file: ${path}`);
  const blob = await git(request, ['cat-file', 'blob', entry.blob]);
  if (!blob.ok) return problem(413, blob.error);
  return { status: 200, body: { path: entry.path, size: entry.size, blob: entry.blob, text: blob.text } };
}

function problem(status: number, error: string): Answer {
  return { status, body: { error } };
}

function sinceFlag(since: string | undefined): string[] {
  return since && Number.isFinite(Date.parse(since)) ? [`--since=${new Date(Date.parse(since)).toISOString()}`] : [];
}

/** A literal path from the top of the repository: no glob, no option, no pathspec magic. */
function pathOf(path: string | undefined): string[] {
  return path ? [`:(top,literal)${path}`] : [];
}

function records(text: string): string[][] {
  return text
    .split(RECORD)
    .map((record) => record.replace(/^\n/, ''))
    .filter((record) => record.trim() !== '')
    .map((record) => record.split(FIELD));
}

function commitOf([sha = '', author = '', date = '', subject = '']: readonly string[]) {
  return { sha, author, date, subject };
}

/** `added<TAB>removed<TAB>path`; binary files have `-` for numbers. */
function changeOf(line: string) {
  const [added = '', removed = '', path = ''] = line.split('\t');
  return { path, added: Number(added) || 0, removed: Number(removed) || 0 };
}

/** `mode type blob size<TAB>path` */
function entryOf(line: string) {
  const [facts = '', path = ''] = line.split('\t');
  const [, type = '', blob = '', size = '0'] = facts.split(/\s+/);
  return { path, type, blob, size: Number(size) || 0 };
}

type GitOutput = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: string };

function git({ dir, searchPath, signal }: GitRequest, args: readonly string[]): Promise<GitOutput> {
  const safe = SETTINGS.flatMap((setting) => ['-c', setting]);
  const env = { ...ENVIRONMENT, PATH: searchPath };
  return new Promise((resolve) => {
    execFile(
      'git',
      ['--no-pager', ...safe, ...args],
      { cwd: dir, env, signal, maxBuffer: MAX_OUTPUT_BYTES },
      (error, stdout, stderr) => {
        if (error) resolve({ ok: false, error: (stderr || error.message).trim().split('\n')[0] ?? 'git failed' });
        else resolve({ ok: true, text: stdout });
      },
    );
  });
}
