import type { Connection } from '../domain/connection.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { storeToolName } from '../domain/permission.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, type Path } from './finding.ts';

/** The tools that files may name. */
export interface KnownTools {
  readonly names: ReadonlySet<string>;
  /** Of tools that are known only once their server was asked: every name that begins so may exist. */
  readonly prefixes: readonly string[];
}

interface Surroundings {
  /** Tools of the runtime; undefined = nobody has said, and no name is checked. */
  readonly builtIn: readonly string[] | undefined;
  readonly custom: Iterable<string>;
  readonly stores: Iterable<string>;
  readonly connections: { readonly names: ReadonlySet<string>; readonly connections: ReadonlyMap<string, Connection> };
}

/** Every tool that this bundle can have; those of broken stores, connections and tools included. */
export function knownTools({ builtIn, custom, stores, connections }: Surroundings): KnownTools | undefined {
  if (!builtIn) return undefined;
  const ofStores = [...stores].flatMap((store) => STORE_VERBS.map((verb) => storeToolName(store, verb)));
  const servers = [...connections.names].filter(
    (name) => (connections.connections.get(name)?.protocol ?? 'mcp') === 'mcp',
  );
  return {
    names: new Set([...builtIn, ...custom, ...ofStores]),
    prefixes: servers.map((name) => `${name.replaceAll(/[^A-Za-z0-9]+/g, '_')}_`),
  };
}

export const STORE_VERBS = ['get', 'list', 'put', 'delete'] as const;

/** One finding for each name, or `name_*`, that no tool has. */
export function unknownTools(path: Path, used: readonly string[], known: KnownTools | undefined): readonly Finding[] {
  return used.flatMap((name, index) => unknownTool([...path, index], name, known));
}

/** The finding about a name that no tool has, if so. */
export function unknownTool(path: Path, name: string, known: KnownTools | undefined): readonly Finding[] {
  if (!known || isKnown(name, known)) return [];
  const what = name.endsWith('*') ? 'no tool begins with' : 'no tool is called';
  return [errorAt(path, 'unknown-tool', `${what} ${quote(name)}${didYouMean(name, known.names)}`)];
}

function isKnown(name: string, { names, prefixes }: KnownTools): boolean {
  if (names.has(name) || prefixes.some((prefix) => name.startsWith(prefix))) return true;
  if (!name.endsWith('*')) return false;
  const start = name.slice(0, -1);
  return [...names, ...prefixes].some((known) => known.startsWith(start));
}
