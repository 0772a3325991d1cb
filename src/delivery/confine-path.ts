import { lstat, mkdir, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';

/** Folders and files that make a bundle or a repository what it is: results are not written there. */
const DEFINITIONS = [
  'automations',
  'connections',
  'stores',
  'knowledge',
  'skills',
  'agents',
  'tests',
  'amodal.json',
  'package.json',
  '.git',
  'node_modules',
];

/** The one part of the state folder that is for results. */
const STATE = '.amodal';
const STATE_RESULTS = join(STATE, 'out');

export type ConfinedPath =
  | { readonly ok: true; readonly file: string }
  | { readonly ok: false; readonly error: string };

/** Why a path of a file target cannot be used, judged by its text alone; undefined when it can. */
export function pathProblem(path: string): string | undefined {
  if (path.trim() === '' || /\p{Cc}/u.test(path)) return 'must be a path without control characters';
  if (isAbsolute(path) || /^[a-z]:|\\/i.test(path)) return 'must be relative to the bundle\'s folder, with "/"';
  const plain = normalize(path);
  if (plain === '.' || plain.endsWith(sep)) return 'must name a file';
  if (plain.split(sep)[0] === '..') return "must stay inside the bundle's folder";
  return reservedProblem(plain);
}

function reservedProblem(plain: string): string | undefined {
  const [first = ''] = plain.toLowerCase().split(sep);
  const isResult = plain.startsWith(`${STATE_RESULTS}${sep}`);
  if (first === STATE && !isResult) return `may be in ${STATE_RESULTS}/, but nowhere else in the state folder`;
  if (first.startsWith('.env')) return 'must not be a file of variables';
  return DEFINITIONS.includes(first) ? `must not be in "${first}": what stands there defines the bundle` : undefined;
}

/** The file that a path means, its folder made; refused when a symbolic link on the way leads out of the bundle. */
export async function confinePath(dir: string, path: string): Promise<ConfinedPath> {
  const problem = pathProblem(path);
  if (problem) return refused(path, problem);
  const root = await realpath(dir);
  const wanted = resolve(root, path);
  const existing = await nearestExisting(dirname(wanted));
  if (!isInside(root, await realpath(existing))) return refused(path, 'a symbolic link leads out of the bundle');
  await mkdir(dirname(wanted), { recursive: true, mode: 0o700 });
  const folder = await realpath(dirname(wanted));
  const inner = relative(root, join(folder, relative(dirname(wanted), wanted)));
  if (!isInside(root, folder)) return refused(path, 'a symbolic link leads out of the bundle');
  const reserved = reservedProblem(inner);
  if (reserved) return refused(path, `${reserved} (through a symbolic link)`);
  const file = join(root, inner);
  const info = await lstat(file).catch(() => undefined);
  if (info && !info.isFile()) return refused(path, info.isSymbolicLink() ? 'is a symbolic link' : 'is no file');
  return { ok: true, file };
}

async function nearestExisting(dir: string): Promise<string> {
  const info = await lstat(dir).catch(() => undefined);
  return info || dirname(dir) === dir ? dir : nearestExisting(dirname(dir));
}

function isInside(root: string, dir: string): boolean {
  return dir === root || dir.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}

function refused(path: string, problem: string): ConfinedPath {
  return { ok: false, error: `"path" ${JSON.stringify(path)} ${problem}` };
}
