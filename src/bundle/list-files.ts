import { isDeepStrictEqual } from 'node:util';
import { type Entry, entriesOf, type Folder, isUnchanged, type Tree } from './read-folder.ts';

/** The files of a bundle by what they are; every path is relative to the folder, with `/`, in order of names. */
export interface BundleFiles {
  /** The folder of the content, relative: empty, or `amodal`. */
  readonly root: string;
  readonly settings: readonly string[];
  /** `.env` beside the bundle. */
  readonly env?: string;
  /** `automations/<name>.json` and `.md`. */
  readonly automations: readonly string[];
  /** `automations/<name>.script.json`. */
  readonly scripts: readonly string[];
  /** Files of `automations/` whose names look like an automation in a format that is not read. */
  readonly strays: readonly string[];
  readonly connections: readonly NamedFolder[];
  readonly stores: readonly string[];
  readonly tests: readonly string[];
  readonly knowledge: readonly string[];
  readonly skills: readonly NamedFolder[];
  readonly agents: readonly NamedFolder[];
  /** Folders of `tools/` that have a `tool.json`. */
  readonly tools: readonly NamedFolder[];
}

/** One folder below `connections/`, `skills/`, `agents/` or `tools/`. */
export interface NamedFolder {
  readonly name: string;
  readonly path: string;
  /** Names of the files that stand directly in it. */
  readonly files: readonly string[];
  /** Of a connection: names of API descriptions; they can be large, and are read when they are compared. */
  readonly specs: readonly string[];
}

/** Folders of `knowledge/` inside each other, at most. */
const MAX_KNOWLEDGE_DEPTH = 16;
const CONTENT = ['automations', 'connections', 'stores', 'knowledge', 'skills', 'agents'];

/** The files of a bundle, and the folders that were looked at for them. */
export interface Listing {
  readonly files: BundleFiles;
  /** By path relative to the bundle's folder. */
  readonly folders: ReadonlyMap<string, Folder>;
  /** Whether a later change of any folder shows in its times. */
  readonly isSettled: boolean;
}

/**
 * Lists again, or gives `previous` back when no folder has changed. `settledAt`, epoch ms: a folder that changed before
 * it will have another time when it changes again.
 */
export function listFiles(dir: string, previous?: Listing, settledAt = 0): Listing {
  if (previous?.isSettled && isUnchanged({ dir, folders: previous.folders })) return previous;
  const folders = new Map<string, Folder>();
  const found = filesBelow({ dir, folders });
  const files = previous && isDeepStrictEqual(previous.files, found) ? previous.files : found;
  const isSettled = [...folders.values()].every(({ ctimeMs, isOpaque }) => ctimeMs < settledAt && !isOpaque);
  return { files, folders, isSettled };
}

/** Content stands in the folder itself, below `amodal/`, or in both. */
function filesBelow(tree: Tree): BundleFiles {
  const top = entriesOf(tree, '');
  const inner = isFolder(top, 'amodal') ? entriesOf(tree, 'amodal') : [];
  const hasInner = CONTENT.some((name) => isFolder(inner, name)) || isFile(inner, 'amodal.json');
  const hasOuter = CONTENT.some((name) => isFolder(top, name));
  const prefixes = hasInner ? (hasOuter ? ['', 'amodal/'] : ['amodal/']) : [''];
  const filesIn = (folder: string) => prefixes.flatMap((prefix) => filesOf(tree, `${prefix}${folder}`));
  const { automations, scripts, strays } = sortAutomations(filesIn('automations'));
  return {
    root: hasInner && !hasOuter ? 'amodal' : '',
    settings: [
      ...(isFile(top, 'amodal.json') ? ['amodal.json'] : []),
      ...(isFile(inner, 'amodal.json') ? ['amodal/amodal.json'] : []),
    ],
    env: isFile(top, '.env') ? '.env' : isFile(inner, '.env') ? 'amodal/.env' : undefined,
    automations,
    scripts,
    strays,
    connections: prefixes.flatMap((prefix) => foldersOf(tree, `${prefix}connections`)),
    stores: filesIn('stores').filter((path) => path.endsWith('.json')),
    tests: prefixes.flatMap((prefix) => filesOf(tree, `${prefix}tests`)).filter((path) => path.endsWith('.json')),
    knowledge: prefixes.flatMap((prefix) => pagesBelow(tree, `${prefix}knowledge`, 0).sort()),
    skills: prefixes.flatMap((prefix) => foldersOf(tree, `${prefix}skills`)),
    agents: prefixes.flatMap((prefix) => foldersOf(tree, `${prefix}agents`)),
    tools: prefixes
      .flatMap((prefix) => foldersOf(tree, `${prefix}tools`))
      .filter(({ files }) => files.includes('tool.json')),
  };
}

const STRAY = /\.(ya?ml|toml|json5?|jsonc|markdown|mdx)$/i;

function sortAutomations(paths: readonly string[]): Pick<BundleFiles, 'automations' | 'scripts' | 'strays'> {
  const automations: string[] = [];
  const scripts: string[] = [];
  const strays: string[] = [];
  for (const path of paths) {
    if (path.endsWith('.script.json')) scripts.push(path);
    else if (path.endsWith('.json') || path.endsWith('.md')) automations.push(path);
    else if (STRAY.test(path)) strays.push(path);
  }
  return { automations, scripts, strays };
}

/** Every path that a load of these files may read, in one order. */
export function allPaths(files: BundleFiles): readonly string[] {
  const inFolders = [...files.connections, ...files.skills, ...files.agents, ...files.tools].flatMap(
    ({ path, files: names }) => names.map((name) => `${path}/${name}`),
  );
  return [
    ...files.settings,
    ...(files.env === undefined ? [] : [files.env]),
    ...files.automations,
    ...files.scripts,
    ...files.stores,
    ...files.tests,
    ...files.knowledge,
    ...inFolders,
  ];
}

function filesOf(tree: Tree, folder: string): readonly string[] {
  const names: string[] = [];
  for (const entry of entriesOf(tree, folder)) if (entry.isFile() && !isHidden(entry)) names.push(entry.name);
  return names.sort().map((name) => `${folder}/${name}`);
}

const FOLDER_FILE =
  /^(spec|access|policy|tool|AGENT\.script)\.json$|^(surface|entities|rules|SKILL|AGENT)\.md$|^handler\.mjs$/;

const SPEC_FILE = /^(openapi\.(json|ya?ml)|schema\.graphql)$/;

function foldersOf(tree: Tree, folder: string): readonly NamedFolder[] {
  return entriesOf(tree, folder)
    .filter((entry) => entry.isDirectory() && !isHidden(entry))
    .map(({ name }) => {
      const path = `${folder}/${name}`;
      const names = entriesOf(tree, path).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
      const those = (pattern: RegExp) => names.filter((file) => pattern.test(file)).sort();
      return { name, path, files: those(FOLDER_FILE), specs: those(SPEC_FILE) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function pagesBelow(tree: Tree, folder: string, depth: number): string[] {
  if (depth > MAX_KNOWLEDGE_DEPTH) return [];
  return entriesOf(tree, folder).flatMap((entry) => {
    if (isHidden(entry)) return [];
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return pagesBelow(tree, path, depth + 1);
    return entry.isFile() && entry.name.endsWith('.md') ? [path] : [];
  });
}

function isHidden({ name }: Entry): boolean {
  return name.startsWith('.');
}

function isFolder(entries: readonly Entry[], name: string): boolean {
  return entries.some((entry) => entry.name === name && entry.isDirectory());
}

function isFile(entries: readonly Entry[], name: string): boolean {
  return entries.some((entry) => entry.name === name && entry.isFile());
}
