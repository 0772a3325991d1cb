import type { Script } from '../domain/bundle.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { checkTemplatesIn } from './check-template.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, isBroken, warningAt } from './finding.ts';
import type { LazyParts } from './lazy-parts.ts';
import type { ParsedFile } from './parse-json.ts';
import type { ScriptFile } from './schema/script.ts';

/** One script, or what is wrong with its file. */
export interface LoadedScript {
  readonly script?: Script;
  readonly findings: readonly Finding[];
}

/** Where a script stands and which automations there are, broken ones included. */
export interface ScriptOrigin {
  readonly file: string;
  /** The automation beside which it stands; undefined in `tests/`. */
  readonly beside?: string;
  readonly automations: { has(name: string): boolean; keys(): Iterable<string> };
}

/** Turns of the scripted model for one automation. */
export function loadScript(parsed: ParsedFile<ScriptFile>, origin: ScriptOrigin, parts: LazyParts): LoadedScript {
  const { value: file } = parsed;
  const { file: path, beside, automations } = origin;
  const automation = file.automation ?? beside;
  const findings = [...parsed.findings];
  if (parts.templates) findings.push(...checkTemplatesIn(['turns'], file.turns, parts.templates));
  if (automation === undefined && !isBroken(findings)) {
    findings.push(errorAt([], 'missing-key', '"automation" is missing: say which automation the turns are for'));
  }
  if (automation !== undefined && !automations.has(automation)) {
    const at = file.automation === undefined ? [] : ['automation'];
    const message = `no automation is called ${quote(automation)}${didYouMean(automation, automations.keys())}`;
    findings.push(warningAt(at, 'unknown-automation', message));
  }
  if (automation === undefined || !file.turns || isBroken(findings)) return { findings };
  return { script: { automation, file: path, turns: file.turns }, findings };
}
