import type { Script } from '../domain/bundle.ts';
import { quote } from './describe-value.ts';
import { type Finding, warningAt } from './finding.ts';
import { validateScript } from './generated/validators.js';
import type { LazyParts } from './lazy-parts.ts';
import { nameOf } from './load-automations.ts';
import { loadScript, type ScriptOrigin } from './load-script.ts';
import { parseJson } from './parse-json.ts';
import type { Sources } from './read-sources.ts';
import type { Report } from './report.ts';
import type { ScriptFile } from './schema/script.ts';
import type { SourceFile } from './source-file.ts';

/** The scripts of a bundle and what was found in their files. */
export interface LoadedScripts {
  /** By automation; further scripts for the same one by their file. */
  readonly scripts: ReadonlyMap<string, Script>;
  readonly reports: readonly Report[];
}

/** Loads `automations/<name>.script.json`, then `tests/*.json`: the first script for an automation is the one it plays. */
export function loadScripts(
  { files, byPath }: Sources,
  automations: ScriptOrigin['automations'],
  parts: LazyParts,
): LoadedScripts {
  const scripts = new Map<string, Script>();
  const reports: Report[] = [];
  for (const path of [...files.scripts, ...files.tests]) {
    const source = byPath.get(path);
    if (!source) continue;
    const beside = path.endsWith('.script.json') && files.scripts.includes(path) ? nameOf(path) : undefined;
    if (beside === undefined && isForeign(source)) {
      reports.push({ source, findings: [FOREIGN] });
      continue;
    }
    const parsed = parseJson<ScriptFile>(source, validateScript, { kind: 'script' });
    const { script, findings } = loadScript(parsed, { file: path, beside, automations }, parts);
    reports.push({ source, findings });
    if (script) scripts.set(scripts.has(script.automation) ? path : script.automation, script);
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
