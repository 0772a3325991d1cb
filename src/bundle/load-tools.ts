import type { CustomTool } from '../domain/custom-tool.ts';
import { checkReferences } from './check-references.ts';
import { checkTool } from './check-tool.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, isBroken } from './finding.ts';
import { validateTool } from './generated/validators.js';
import { type KnownTools, knownTools } from './known-tools.ts';
import { type ParsedFile, parseJson } from './parse-json.ts';
import type { ParsedTool, ToolSurroundings } from './parsed-tool.ts';
import type { Sources } from './read-sources.ts';
import type { Report } from './report.ts';
import type { ToolFile } from './schema/tool.ts';
import { missingFile } from './source-file.ts';

/** The tools of a bundle, the names that other files may use, and what was found. */
export interface LoadedTools {
  readonly tools: ReadonlyMap<string, CustomTool>;
  readonly known: KnownTools | undefined;
  readonly reports: readonly Report[];
  readonly parsed: readonly { readonly parsed: ParsedFile<unknown> }[];
}

/** Reads every folder of `tools/` that has a `tool.json`; other folders belong to other programs. */
export function parseTools({ files, byPath }: Sources): readonly ParsedTool[] {
  return files.tools.map(({ name, path }) => {
    const source = byPath.get(`${path}/tool.json`) ?? missingFile(`${path}/tool.json`);
    const parsed = parseJson<ToolFile>(source, validateTool, { kind: 'tool' });
    return { name, source, handler: byPath.get(`${path}/handler.mjs`), parsed: { ...parsed, ...plainValues(parsed) } };
  });
}

/** What stands in a file under `env` is a plain value; only what it takes from a variable is a secret. */
function plainValues({ references }: ParsedFile<ToolFile>): Pick<ParsedFile<ToolFile>, 'references'> {
  return {
    references: references.map((one) => (one.value.startsWith('env:') ? one : { ...one, kind: 'value' as const })),
  };
}

/** Checks and builds them; a broken one is left out alone. */
export function loadTools(all: readonly ParsedTool[], surroundings: ToolSurroundings): LoadedTools {
  const { env, builtIn, stores, connections } = surroundings;
  const custom = new Set(all.map(({ name }) => name));
  const taken = knownTools({ builtIn: builtIn ?? [], custom: [], stores, connections });
  const known = knownTools({ builtIn, custom, stores, connections });
  const chains = new Set(all.filter(({ parsed }) => parsed.value.type === 'chain').map(({ name }) => name));
  const tools = new Map<string, CustomTool>();
  const reports: Report[] = [];
  const seen = new Set<string>();
  for (const one of all) {
    const findings = [
      ...one.parsed.findings,
      ...checkReferences(one.parsed.references, env),
      ...checkName(one.name, seen, taken),
    ];
    if (!isBroken(findings)) findings.push(...checkTool(one, { ...surroundings, known, chains }));
    seen.add(one.name);
    const tool = isBroken(findings) ? undefined : build(one);
    if (tool) tools.set(one.name, tool);
    reports.push({ source: one.source, findings });
    if (one.handler?.problem) reports.push({ source: one.handler, findings: [one.handler.problem] });
  }
  return { tools, known, reports, parsed: all };
}

const NAME = /^[a-z][a-z0-9_]{0,63}$/;

function checkName(name: string, seen: ReadonlySet<string>, taken: KnownTools | undefined): readonly Finding[] {
  if (!NAME.test(name)) {
    const message = `the folder's name is the tool's: snake case of at most 64 characters, got ${quote(name)}`;
    return [errorAt([], 'bad-name', message)];
  }
  if (seen.has(name)) return [errorAt([], 'duplicate-name', `another folder is called ${quote(name)} as well`)];
  if (!taken?.names.has(name)) return [];
  return [errorAt([], 'duplicate-name', `the runtime has a tool ${quote(name)} of its own: rename the folder`)];
}

function build({ name, source, handler, parsed }: ParsedTool): CustomTool | undefined {
  const file = parsed.value as ToolFile;
  const { description, parameters = {} } = file;
  const inputSchema = { type: 'object', properties: {}, additionalProperties: false, ...parameters };
  const common = { name, description, file: source.path, inputSchema };
  switch (file.type) {
    case 'http': {
      const { $schema: _, parameters: __, ...own } = file;
      return { ...own, ...common };
    }
    case 'chain':
      return {
        ...common,
        type: 'chain',
        steps: file.steps.map((step) => ({ ...step, input: step.input ?? {} })),
        ...(file.result === undefined ? {} : { result: file.result }),
      };
    case 'handler': {
      if (!handler || handler.problem) return undefined;
      const { effect = 'write', env = {}, timeoutSeconds } = file;
      return {
        ...common,
        type: 'handler',
        effect,
        env,
        timeoutSeconds,
        handler: handler.path,
        handlerHash: handler.hash,
      };
    }
  }
}
