import type { Script } from '../domain/bundle.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { checkTemplatesIn } from './check-template.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, isBroken, warningAt } from './finding.ts';
import type { LazyParts } from './lazy-parts.ts';
import type { LoadedContent } from './load-content.ts';
import type { ParsedFile } from './parse-json.ts';
import type { ScriptFile } from './schema/script.ts';

/** One script, or what is wrong with its file. */
export interface LoadedScript {
  readonly script?: Script;
  readonly findings: readonly Finding[];
}

/** Whose turns there can be, broken files included. */
export interface ScriptNames {
  readonly automations: { has(name: string): boolean; keys(): Iterable<string> };
  readonly agents: Pick<LoadedContent, 'agentFolders'> & { readonly names: Pick<LoadedContent['names'], 'agents'> };
}

/** Where a script stands. */
export interface ScriptOrigin extends ScriptNames {
  readonly file: string;
  /** The automation beside which it stands; undefined in `tests/` and `agents/`. */
  readonly beside?: string;
  /** The folder of the agent beside which it stands. */
  readonly folder?: string;
}

/** The general worker that `dispatch` takes where no agent is named. */
const WORKER = 'worker';

/** Turns of the scripted model for one automation or one sub-agent. */
export function loadScript(parsed: ParsedFile<ScriptFile>, origin: ScriptOrigin, parts: LazyParts): LoadedScript {
  const { value: file } = parsed;
  const { file: path, beside, folder, agents } = origin;
  const agent = file.agent ?? (folder === undefined ? undefined : (agents.agentFolders.get(folder) ?? folder));
  const automation = agent === undefined ? (file.automation ?? beside) : `agents/${agent}`;
  const findings = [...parsed.findings];
  if (parts.templates) findings.push(...checkTemplatesIn(['turns'], file.turns, parts.templates));
  if (automation === undefined && !isBroken(findings)) {
    findings.push(errorAt([], 'missing-key', '"automation" is missing: say which automation the turns are for'));
  }
  if (file.agent !== undefined && file.automation !== undefined) {
    findings.push(errorAt(['agent'], 'two-subjects', 'turns are for an "automation" or for an "agent", not for both'));
  }
  findings.push(...(agent === undefined ? unknownAutomation(file, origin) : unknownAgent(agent, file, origin)));
  if (automation === undefined || !file.turns || isBroken(findings)) return { findings };
  return { script: { automation, file: path, turns: file.turns }, findings };
}

function unknownAutomation(file: Partial<ScriptFile>, { beside, automations }: ScriptOrigin): readonly Finding[] {
  const name = file.automation ?? beside;
  if (name === undefined || automations.has(name)) return [];
  const message = `no automation is called ${quote(name)}${didYouMean(name, automations.keys())}`;
  return [warningAt(file.automation === undefined ? [] : ['automation'], 'unknown-automation', message)];
}

function unknownAgent(name: string, file: Partial<ScriptFile>, { agents }: ScriptOrigin): readonly Finding[] {
  const known = agents.names.agents;
  if (name === WORKER || known.has(name)) return [];
  const message = `no agent is called ${quote(name)}${didYouMean(name, known)}`;
  return [warningAt(file.agent === undefined ? [] : ['agent'], 'unknown-agent', message)];
}
