import { hash } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { BrokenAutomation, Bundle } from '../domain/bundle.ts';
import type { Diagnostic } from '../domain/diagnostic.ts';
import { AmodalError } from '../domain/error.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Env } from './check-references.ts';
import { checkReusedSecrets, checkSharedSecrets } from './check-shared-secrets.ts';
import { needsTemplates } from './check-template.ts';
import { createSecrets } from './create-secrets.ts';
import { errorAt, warningAt } from './finding.ts';
import { validateAmodal } from './generated/validators.js';
import { heldBack, losesGuards } from './hold-back.ts';
import { importParts, type LazyParts } from './lazy-parts.ts';
import * as load from './load-automations.ts';
import { type LoadedContent, loadContent } from './load-content.ts';
import type { LoadContext, Registries } from './load-context.ts';
import { type LoadedScripts, loadScripts, type ParsedScript, parseScripts } from './load-scripts.ts';
import { checkSettings, settingsOf } from './load-settings.ts';
import { parseTools } from './load-tools.ts';
import { makeContext } from './make-context.ts';
import { type ParsedFile, parseJson } from './parse-json.ts';
import type { ParsedTool } from './parsed-tool.ts';
import { isSameEnv, readEnv } from './read-env.ts';
import { needsFrontMatterParser } from './read-markdown.ts';
import { readSources, type Sources } from './read-sources.ts';
import { locateReports, type Report } from './report.ts';
import type { AmodalFile } from './schema/amodal.ts';
import { missingFile, type SourceFile } from './source-file.ts';
import { usedSecrets } from './used-secrets.ts';

/** What a load needs: the folder, the process's variables, what other rooms know; and, for speed, time and the load before. */
export interface LoadOptions {
  readonly dir: string;
  readonly env: Env;
  readonly registries: Registries;
  readonly previous?: LoadedBundle;
  /** The machine's own, as the times of files are: with it the next load need not list folders that stand still. */
  readonly clock?: Pick<Clock, 'now'>;
}

/** A bundle and everything that was found; `cache` is for the next load alone. */
export interface LoadedBundle {
  readonly bundle: Bundle;
  readonly diagnostics: readonly Diagnostic[];
  readonly cache: LoadCache;
}

/** What a load leaves to the next one. */
export interface LoadCache {
  readonly sources: Sources;
  readonly context: LoadContext;
  readonly entries: load.AutomationEntries;
  readonly parts: LazyParts;
}

/** Everything that one load makes before its diagnostics have their places. */
interface Loading {
  readonly dir: string;
  readonly env: Env;
  readonly sources: Sources;
  readonly settings: ParsedFile<AmodalFile>;
  readonly settingsSource?: SourceFile;
  readonly content: LoadedContent;
  readonly context: LoadContext;
  readonly entries: load.AutomationEntries;
  readonly named: load.NamedAutomations;
  readonly scripts: LoadedScripts;
  readonly parts: LazyParts;
}

/**
 * Reads and checks the whole folder. Broken files are left out, each with its diagnostics; nothing in a folder makes it
 * throw, only a folder that is not there.
 */
export async function loadBundle(options: LoadOptions): Promise<LoadedBundle> {
  const dir = resolve(options.dir);
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
    throw new AmodalError('usage', `${options.dir} is no folder: name the folder of a bundle, e.g. with --dir.`);
  }
  const cache = options.previous?.bundle.dir === dir ? options.previous.cache : undefined;
  const loading = await loadParts(dir, options, cache);
  const diagnostics = await locateReports(reportsOf(loading));
  const { sources, context, entries, parts } = loading;
  return { bundle: bundleOf(loading, diagnostics), diagnostics, cache: { sources, context, entries, parts } };
}

async function loadParts(
  dir: string,
  { env: own, registries, clock }: LoadOptions,
  cache: LoadCache | undefined,
): Promise<Loading> {
  const sources = readSources(dir, cache?.sources, clock?.now());
  const env = envOf(sources, own, cache);
  const settingsSource = existing(sources, sources.files.settings)[0];
  const settings = settingsSource ? parseJson<AmodalFile>(settingsSource, validateAmodal, { kind: 'amodal' }) : NO_FILE;
  const readers = await importParts({ ...NO_NEEDS, readFrontMatter: needsFrontMatter(sources) }, cache?.parts);
  const parsed = load.parseAutomations(existing(sources, sources.files.automations), cache?.entries, readers);
  const parsedScripts = parseScripts(sources);
  const parsedTools = parseTools(sources);
  const needs = needsOf(parsed, {
    scripts: [...parsedScripts, ...parsedTools],
    tools: parsedTools,
    settings,
    settingsSource,
  });
  const parts = await importParts(needs, readers);
  const builtIn = registries.toolNames;
  const content = loadContent({ sources, env, settings: settings.value, parts, parsedTools, builtIn });
  const context = makeContext({ settings: settings.value, settingsSource, env, registries, content }, cache?.context);
  const entries = load.checkAutomations(parsed, context, parts);
  const named = load.nameAutomations(entries);
  const scripts = loadScripts(parsedScripts, { automations: namesOf(named), agents: content }, parts);
  return { dir, env, sources, settings, settingsSource, content, context, entries, named, scripts, parts };
}

function namesOf({ automations, broken }: load.NamedAutomations) {
  return {
    has: (name: string) => automations.has(name) || broken.has(name),
    keys: () => [...automations.keys(), ...broken.keys()],
  };
}

const NO_FILE: ParsedFile<AmodalFile> = { value: {}, findings: [], references: [] };
const NO_NEEDS = { templates: false, checkSchedule: false, checkJsonSchema: false, readFrontMatter: false };

/** The same object as before while the variables are the same, so that nothing is checked again. */
function envOf(sources: Sources, own: Env, cache: LoadCache | undefined): Env {
  const { env: path } = sources.files;
  const env = readEnv(path === undefined ? undefined : sources.byPath.get(path), own);
  return cache && isSameEnv(cache.context.env, env) ? cache.context.env : env;
}

function existing({ byPath }: Sources, paths: readonly string[]): readonly SourceFile[] {
  const found: SourceFile[] = [];
  for (const path of paths) {
    const source = byPath.get(path);
    if (source) found.push(source);
  }
  return found;
}

function needsFrontMatter({ byPath }: Sources): boolean {
  for (const source of byPath.values()) if (source.path.endsWith('.md') && needsFrontMatterParser(source)) return true;
  return false;
}

interface MoreFiles extends Pick<Loading, 'settings' | 'settingsSource'> {
  /** Files with templates anywhere in them. */
  readonly scripts: readonly (ParsedScript | ParsedTool)[];
  readonly tools: readonly ParsedTool[];
}

function needsOf(
  parsed: readonly load.ParsedAutomation[],
  { scripts, tools, settings, settingsSource }: MoreFiles,
): Parameters<typeof importParts>[0] {
  const needs = load.needsOf(parsed);
  const inScripts = scripts.some(({ source, parsed: { value } }) => needsTemplates(value, source.text));
  const inSettings = settingsSource !== undefined && needsTemplates(settings.value, settingsSource.text);
  const checkJsonSchema =
    needs.checkJsonSchema || tools.some(({ parsed: { value } }) => value.parameters !== undefined);
  return { ...NO_NEEDS, ...needs, checkJsonSchema, templates: needs.templates || inScripts || inSettings };
}

function reportsOf(loading: Loading): readonly Report[] {
  const { settings, settingsSource, content, context, entries, named, scripts, parts, sources, env } = loading;
  const [, secondSettings] = existing(sources, sources.files.settings);
  const settingsFindings = [...settings.findings, ...checkSettings(settings, context, parts), ...mcpNames(loading)];
  return [
    ...(settingsSource ? [{ source: settingsSource, findings: settingsFindings }] : []),
    ...(secondSettings ? [{ source: secondSettings, findings: [SECOND_SETTINGS] }] : []),
    ...sources.files.strays.map((path) => ({
      source: { ...missingFile(path), problem: undefined },
      findings: [STRAY],
    })),
    ...existing(sources, sources.files.env === undefined ? [] : [sources.files.env]).flatMap((source) =>
      source.problem ? [{ source, findings: [source.problem] }] : [],
    ),
    ...content.reports,
    ...scripts.reports,
    ...[...entries.values()].filter(({ findings }) => findings.length > 0),
    ...[...named.findings].map(([{ source, positions }, findings]) => ({ source, positions, findings })),
    ...checkSharedSecrets(entries, env),
    ...checkReusedSecrets(entries, [...content.parsed, { parsed: settings }], env),
  ];
}

const SECOND_SETTINGS = errorAt([], 'two-files', 'amodal.json stands beside amodal/ already: keep one of the two');
const STRAY = warningAt([], 'not-read', 'the file is not read: an automation is a .json or a .md file');

function mcpNames({ settings, sources }: Loading) {
  const folders = new Set(sources.files.connections.map(({ name }) => name));
  const twice = Object.keys(settings.value.mcp?.servers ?? {}).filter((name) => folders.has(name));
  return twice.map((name) =>
    errorAt(['mcp', 'servers', name], 'duplicate-name', `connections/${name}/ has that name already`),
  );
}

function bundleOf(loading: Loading, diagnostics: readonly Diagnostic[]): Bundle {
  const { dir, env, sources, settings, content, entries, scripts } = loading;
  const { used, literals } = usedSecrets([...entries.values(), ...content.parsed, { parsed: settings }]);
  const { connections, stores, knowledge, skills, agents } = content;
  const { automations, broken, isHeldBack } = whatRuns(loading, diagnostics);
  return {
    dir,
    root: join(dir, sources.files.root),
    hash: hashOf(sources),
    settings: settingsOf(settings.value, basename(dir), env),
    automations,
    broken,
    ...(isHeldBack && { isHeldBack }),
    connections,
    stores,
    knowledge,
    skills,
    agents,
    customTools: content.tools.tools,
    scripts: scripts.scripts,
    diagnostics,
    secrets: createSecrets({ env, used, literals }),
  };
}

/** Nothing runs without what `amodal.json` holds it to. */
function whatRuns({ named, settings, settingsSource }: Loading, diagnostics: readonly Diagnostic[]) {
  const broken = brokenOf(named, diagnostics);
  if (!losesGuards(settings.findings)) return { automations: named.automations, broken };
  const errors = diagnostics.filter(({ file, severity }) => file === settingsSource?.path && severity === 'error');
  const none: typeof named.automations = new Map();
  return { automations: none, broken: new Map([...heldBack(named.automations, errors), ...broken]), isHeldBack: true };
}

/** `.env` holds secrets and is no part of what Git knows. */
function hashOf({ byPath, files }: Sources): string {
  let text = '';
  for (const { path, hash: digest } of byPath.values()) if (path !== files.env) text += `${path}\n${digest}\n`;
  return hash('sha256', text);
}

function brokenOf({ broken }: load.NamedAutomations, diagnostics: readonly Diagnostic[]) {
  return new Map<string, BrokenAutomation>(
    [...broken].map(([name, entries]) => {
      const files = new Set(entries.map(({ source }) => source.path));
      const own = diagnostics.filter(({ file }) => files.has(file));
      return [name, { name, file: entries[0]?.source.path ?? name, diagnostics: own }];
    }),
  );
}
