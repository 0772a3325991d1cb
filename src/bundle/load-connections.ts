import type { Connection, StoredSpec } from '../domain/connection.ts';
import type { Env } from './check-references.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding } from './finding.ts';
import { validateAccess, validateConnection } from './generated/validators.js';
import type { NamedFolder } from './list-files.ts';
import { loadConnection } from './load-connection.ts';
import { type ParsedFile, parseJson } from './parse-json.ts';
import type { Sources } from './read-sources.ts';
import type { Report } from './report.ts';
import type { AccessFile } from './schema/access.ts';
import type { AmodalFile } from './schema/amodal.ts';
import type { ConnectionFile } from './schema/connection.ts';
import { missingFile } from './source-file.ts';

/** The connections of a bundle, and what was found in their files. */
export interface LoadedConnections {
  readonly connections: ReadonlyMap<string, Connection>;
  readonly names: ReadonlySet<string>;
  readonly reports: readonly Report[];
  readonly parsed: readonly { readonly parsed: ParsedFile<unknown> }[];
}

/** Loads each folder of `connections/`, and the MCP servers of `amodal.json` as connections of their names. */
export function loadConnections(sources: Sources, env: Env, settings: Partial<AmodalFile>): LoadedConnections {
  const connections = new Map<string, Connection>();
  const names = new Set<string>();
  const reports: Report[] = [];
  const parsed: { parsed: ParsedFile<unknown> }[] = [];
  for (const folder of sources.files.connections) {
    const loaded = loadFolder(folder, sources, env);
    const twice = names.has(folder.name) || !NAME.test(folder.name);
    const [first, ...rest] = loaded.reports;
    if (first) reports.push({ ...first, findings: [...first.findings, ...checkName(folder.name, names)] }, ...rest);
    parsed.push(...loaded.parsed);
    names.add(folder.name);
    if (loaded.connection && !twice) connections.set(folder.name, loaded.connection);
  }
  for (const [name, server] of Object.entries(settings.mcp?.servers ?? {})) {
    if (!names.has(name)) connections.set(name, mcpConnection(name, server));
    names.add(name);
  }
  return { connections, names, reports, parsed };
}

const NAME = /^[A-Za-z0-9][\w.-]*$/;

function checkName(name: string, names: ReadonlySet<string>): readonly Finding[] {
  if (!NAME.test(name)) {
    return [errorAt([], 'bad-name', `the folder's name has letters, digits, ".", "_" and "-", got ${quote(name)}`)];
  }
  return names.has(name) ? [errorAt([], 'duplicate-name', `another folder is called ${quote(name)} as well`)] : [];
}

function loadFolder({ name, path, specs }: NamedFolder, { byPath }: Sources, env: Env) {
  const specSource = byPath.get(`${path}/spec.json`) ?? missingFile(`${path}/spec.json`);
  const spec = parseJson<ConnectionFile>(specSource, validateConnection, { kind: 'connection' });
  const accessSource = byPath.get(`${path}/access.json`) ?? byPath.get(`${path}/policy.json`);
  const access = accessSource && parseJson<AccessFile>(accessSource, validateAccess, { kind: 'access' });
  const text = (file: string) => byPath.get(`${path}/${file}`)?.text.trim() || undefined;
  const pages = ['surface.md', 'entities.md', 'rules.md'].flatMap((file) => byPath.get(`${path}/${file}`) ?? []);
  const parts = { surface: text('surface.md'), entities: text('entities.md'), rules: text('rules.md') };
  const { connection, specFindings, accessFindings } = loadConnection(
    { name, spec, access, storedSpec: storedSpecOf(path, specs), ...parts },
    env,
  );
  const older = accessSource?.path.endsWith('/access.json') ? byPath.get(`${path}/policy.json`) : undefined;
  const reports: Report[] = [
    { source: specSource, findings: specs.length > 1 ? [...specFindings, twoSpecs(specs)] : specFindings },
    ...(accessSource ? [{ source: accessSource, findings: accessFindings }] : []),
    ...(older ? [{ source: older, findings: [TWO_FILES] }] : []),
    ...pages.flatMap((source) => (source.problem ? [{ source, findings: [source.problem] }] : [])),
  ];
  const isUsable = specs.length < 2 && !older && pages.every(({ problem }) => !problem);
  return { connection: isUsable ? connection : undefined, reports, parsed: [{ parsed: spec }] };
}

function storedSpecOf(path: string, [file]: readonly string[]): StoredSpec | undefined {
  if (file === undefined) return undefined;
  return { file: `${path}/${file}`, format: file === 'schema.graphql' ? 'graphql' : 'openapi' };
}

function twoSpecs(specs: readonly string[]): Finding {
  return errorAt([], 'two-files', `${specs.join(' and ')} stand beside it: keep the one that is compared`);
}

const TWO_FILES = errorAt(
  [],
  'two-files',
  'access.json and policy.json are the same file by two names: keep access.json',
);

type McpServer = NonNullable<AmodalFile['mcp']>['servers'][string];

function mcpConnection(name: string, server: McpServer): Connection {
  return {
    name,
    protocol: 'mcp',
    baseUrl: server.url ?? '',
    format: 'rest',
    headers: server.headers ?? {},
    allowPrivateNetwork: server.allowPrivateNetwork ?? false,
    endpoints: [],
    fieldRestrictions: [],
    spec: { protocol: 'mcp', ...server },
  };
}
