import type { Script } from '../domain/bundle.ts';
import { quote } from './describe-value.ts';
import { type Finding, warningAt } from './finding.ts';
import { validateScript } from './generated/validators.js';
import type { LazyParts } from './lazy-parts.ts';
import { nameOf } from './load-automations.ts';
import { loadScript, type ScriptNames } from './load-script.ts';
import { type ParsedFile, parseJson } from './parse-json.ts';
import type { Sources } from './read-sources.ts';
import type { Report } from './report.ts';
import type { ScriptFile } from './schema/script.ts';
import type { SourceFile } from './source-file.ts';

/** The scripts of a bundle and what was found in their files. */
export interface LoadedScripts {
  /** By automation, `agents/<name>` for a sub-agent; further scripts for the same one by their file. */
  readonly scripts: ReadonlyMap<string, Script>;
  readonly reports: readonly Report[];
}

/** One file of turns, read for its shape. */
export interface ParsedScript {
  readonly source: SourceFile;
  /** The automation beside which it stands. */
  readonly beside?: string;
  /** The folder of the agent beside which it stands. */
  readonly folder?: string;
  readonly isForeign: boolean;
  readonly parsed: ParsedFile<ScriptFile>;
}

/** Reads `automations/<name>.script.json` and `agents/<name>/AGENT.script.json`, then `tests/*.json`. */
export function parseScripts({ files, byPath }: Sources): readonly ParsedScript[] {
  const parse = (source: SourceFile) => parseJson<ScriptFile>(source, validateScript, { kind: 'script' });
  const beside = files.scripts.flatMap((path) => byPath.get(path) ?? []);
  const ofAgents = files.agents.flatMap(({ name: folder, path }) => {
    const source = byPath.get(`${path}/AGENT.script.json`);
    return source ? [{ source, folder, isForeign: false, parsed: parse(source) }] : [];
  });
  const tests = files.tests.flatMap((path) => byPath.get(path) ?? []);
  return [
    ...beside.map((source) => ({ source, beside: nameOf(source.path), isForeign: false, parsed: parse(source) })),
    ...ofAgents,
    ...tests.map((source) => ({ source, isForeign: isForeign(source), parsed: parse(source) })),
  ];
}

/** Checks the turns; the first script for an automation is the one that its runs play. */
export function loadScripts(parsed: readonly ParsedScript[], known: ScriptNames, parts: LazyParts): LoadedScripts {
  const scripts = new Map<string, Script>();
  const reports: Report[] = [];
  for (const { source, beside, folder, isForeign: isLeftAlone, parsed: file } of parsed) {
    if (isLeftAlone) {
      reports.push({ source, findings: [FOREIGN] });
      continue;
    }
    const { script, findings } = loadScript(file, { file: source.path, beside, folder, ...known }, parts);
    reports.push({ source, findings });
    if (script) scripts.set(scripts.has(script.automation) ? source.path : script.automation, script);
  }
  return { scripts, reports };
}

const FOREIGN: Finding = warningAt(
  [],
  'not-a-script',
  `has no ${quote('turns')} and is left alone: a script is { "automation", "turns" }`,
);

/** `tests/` is a common name: what is plainly another program's file is none of ours. */
function isForeign({ text, problem }: SourceFile): boolean {
  return !problem && !text.includes('"turns"') && !text.includes('"automation"') && text.trim() !== '';
}
