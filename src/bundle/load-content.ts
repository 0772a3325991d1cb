import type { AgentDefinition, KnowledgePage, Skill } from '../domain/bundle.ts';
import type { Connection } from '../domain/connection.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import type { StoreDefinition } from '../domain/store.ts';
import { unknownNames } from './check-automation.ts';
import type { Env } from './check-references.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, isBroken } from './finding.ts';
import { validateStore } from './generated/validators.js';
import { type KnownTools, unknownTools } from './known-tools.ts';
import type { LazyParts } from './lazy-parts.ts';
import type { NamedFolder } from './list-files.ts';
import { nameOf } from './load-automations.ts';
import { loadConnections } from './load-connections.ts';
import { type LoadedPage, loadAgent, loadKnowledge, loadSkill } from './load-pages.ts';
import { checkStoreReferences, loadStore } from './load-store.ts';
import { type LoadedTools, loadTools } from './load-tools.ts';
import { type ParsedFile, parseJson } from './parse-json.ts';
import type { ParsedTool } from './parsed-tool.ts';
import type { ReadFrontMatter } from './read-markdown.ts';
import type { Sources } from './read-sources.ts';
import type { Report } from './report.ts';
import type { AmodalFile } from './schema/amodal.ts';
import type { StoreFile } from './schema/store.ts';
import { missingFile, type SourceFile } from './source-file.ts';

/** Everything of a bundle besides automations and scripts. */
export interface LoadedContent {
  readonly connections: ReadonlyMap<string, Connection>;
  readonly stores: ReadonlyMap<string, StoreDefinition>;
  readonly knowledge: readonly KnowledgePage[];
  readonly skills: ReadonlyMap<string, Skill>;
  readonly agents: ReadonlyMap<string, AgentDefinition>;
  readonly tools: LoadedTools;
  /** The name of the agent in each folder of `agents/`. */
  readonly agentFolders: ReadonlyMap<string, string>;
  /** Names that exist, those of broken files included. */
  readonly names: Readonly<Record<'connections' | 'stores' | 'skills' | 'agents', ReadonlySet<string>>>;
  readonly reports: readonly Report[];
  /** Files that hold references. */
  readonly parsed: readonly { readonly parsed: ParsedFile<unknown> }[];
}

interface ContentOptions {
  readonly sources: Sources;
  readonly env: Env;
  readonly settings: Partial<AmodalFile>;
  readonly parts: LazyParts;
  readonly parsedTools: readonly ParsedTool[];
  /** Tools of the runtime. */
  readonly builtIn: readonly string[] | undefined;
}

/** Loads connections, stores, knowledge, skills and agents. */
export function loadContent({ sources, env, settings, parts, parsedTools, builtIn }: ContentOptions): LoadedContent {
  const { files, byPath } = sources;
  const read = parts.readFrontMatter;
  const connections = loadConnections(sources, env, settings);
  const stores = loadStores(files.stores.flatMap((path) => byPath.get(path) ?? []));
  const tools = loadTools(parsedTools, { env, parts, builtIn, stores: stores.names, connections });
  const knowledge = files.knowledge.flatMap((path) => {
    const source = byPath.get(path);
    return source ? [{ source, ...loadKnowledge(source, pagePath(path), read) }] : [];
  });
  const skills = loadFolders(files.skills, { file: 'SKILL.md', sources, load: loadSkill, read });
  const agents = loadFolders(files.agents, {
    file: 'AGENT.md',
    sources,
    load: (source, folder, readFront) =>
      checkedAgent(loadAgent(source, folder, readFront), connections.names, tools.known),
    read,
  });
  return {
    connections: connections.connections,
    stores: stores.stores,
    knowledge: knowledge.flatMap(({ value }) => value ?? []),
    skills: skills.byName,
    agents: agents.byName,
    tools,
    agentFolders: agents.byFolder,
    names: { connections: connections.names, stores: stores.names, skills: skills.names, agents: agents.names },
    reports: [
      ...connections.reports,
      ...stores.reports,
      ...knowledge,
      ...skills.reports,
      ...agents.reports,
      ...tools.reports,
    ],
    parsed: [...connections.parsed, ...tools.parsed],
  };
}

const MODELS = ['main', 'simple'];

/** An agent may name only what there is. */
function checkedAgent(
  page: LoadedPage<AgentDefinition>,
  connections: ReadonlySet<string>,
  known: KnownTools | undefined,
): LoadedPage<AgentDefinition> {
  const { connections: used = [], tools = [], model } = page.value ?? {};
  const wrong = [
    ...unknownNames('connections', used, connections),
    ...unknownTools(['tools'], tools, known),
    ...(model === undefined || MODELS.includes(model)
      ? []
      : [
          errorAt(
            ['model'],
            'unknown-model',
            ` ${quote(model)} is not in "models" of amodal.json${didYouMean(model, MODELS)}`,
          ),
        ]),
  ];
  return wrong.length === 0 ? page : { findings: [...page.findings, ...wrong], positions: page.positions };
}

/** `amodal/knowledge/runbooks/latency.md` → `runbooks/latency`. */
function pagePath(path: string): string {
  return path.replace(/^(amodal\/)?knowledge\//, '').replace(/\.md$/, '');
}

function loadStores(sources: readonly SourceFile[]) {
  const loaded = sources.map((source) => {
    const parsed = parseJson<StoreFile>(source, validateStore, { kind: 'store' });
    return { source, isFlat: parsed.value.entity === undefined, ...loadStore(parsed, nameOf(source.path)) };
  });
  const names = new Set(loaded.map(({ name }) => name));
  const stores = new Map<string, StoreDefinition>();
  const taken = new Map<string, string>();
  const reports = loaded.map(({ source, name, isFlat, store, findings }): Report => {
    const tool = name.replaceAll('-', '_');
    const other = taken.get(tool);
    taken.set(tool, other ?? source.path);
    const more = [
      ...(other === undefined
        ? []
        : [errorAt([], 'duplicate-store', `the store ${quote(name)} stands in ${other} as well`)]),
      ...(store ? checkStoreReferences(store, isFlat, names) : []),
    ];
    if (store && !isBroken(more)) stores.set(name, store);
    return { source, findings: [...findings, ...more] };
  });
  return { stores, names, reports };
}

interface FolderOptions<Value> {
  /** The file that makes the folder what it is. */
  readonly file: string;
  readonly sources: Sources;
  readonly load: (source: SourceFile, folder: string, read: ReadFrontMatter | undefined) => LoadedPage<Value>;
  readonly read: ReadFrontMatter | undefined;
}

function loadFolders<Value extends { readonly name: string }>(
  folders: readonly NamedFolder[],
  { file, sources, load, read }: FolderOptions<Value>,
) {
  const byName = new Map<string, Value>();
  const byFolder = new Map<string, string>();
  const names = new Set<string>();
  const reports: Report[] = [];
  for (const { name: folder, path } of folders) {
    const source = sources.byPath.get(`${path}/${file}`) ?? missingFile(`${path}/${file}`);
    const { value, findings, positions } = load(source, folder, read);
    const name = value?.name ?? folder;
    const twice: readonly Finding[] = names.has(name)
      ? [errorAt([], 'duplicate-name', `another folder is called ${quote(name)} as well`)]
      : [];
    names.add(name);
    byFolder.set(folder, name);
    if (value && twice.length === 0) byName.set(name, value);
    reports.push({ source, findings: [...findings, ...twice], positions });
  }
  return { byName, byFolder, names, reports };
}
