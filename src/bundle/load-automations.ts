import type { Automation } from '../domain/automation.ts';
import { buildAutomation } from './build-automation.ts';
import { checkAutomation, checkExposure } from './check-automation.ts';
import { isRareSchedule } from './check-schedule.ts';
import { needsTemplates } from './check-template.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, isBroken } from './finding.ts';
import { validateAutomation } from './generated/validators.js';
import type { LazyParts } from './lazy-parts.ts';
import type { LoadContext } from './load-context.ts';
import type { Positions } from './locate.ts';
import { type ParsedFile, parseJson } from './parse-json.ts';
import { parseMarkdownAutomation } from './parse-markdown-automation.ts';
import type { AutomationFile } from './schema/automation.ts';
import type { SourceFile } from './source-file.ts';

/** One automation's file, parsed; kept from load to load while the file is the same. */
export interface ParsedAutomation {
  readonly name: string;
  readonly source: SourceFile;
  readonly parsed: ParsedFile<AutomationFile>;
  /** Of a Markdown file. */
  readonly positions?: Positions;
}

/** What became of it; kept while the file and everything around it are the same. */
export interface AutomationEntry extends ParsedAutomation {
  readonly context: LoadContext;
  readonly automation?: Automation;
  readonly findings: readonly Finding[];
}

/** The entries of a load by path. */
export type AutomationEntries = ReadonlyMap<string, AutomationEntry>;

/** Parses what has changed. */
export function parseAutomations(
  sources: readonly SourceFile[],
  previous: AutomationEntries | undefined,
  parts: LazyParts,
): readonly (ParsedAutomation | AutomationEntry)[] {
  return sources.map((source) => {
    const known = previous?.get(source.path);
    if (known && known.source === source) return known;
    const name = nameOf(source.path);
    if (source.path.endsWith('.json')) {
      return { name, source, parsed: parseJson<AutomationFile>(source, validateAutomation, AUTOMATION) };
    }
    const parsed = parseMarkdownAutomation(source, parts.readFrontMatter);
    return { name, source, parsed, positions: parsed.positions };
  });
}

const AUTOMATION = { kind: 'automation' };

/** `automations/digest.json` → `digest`. */
export function nameOf(path: string): string {
  const ending = ENDINGS.find((known) => path.endsWith(known)) ?? '';
  return path.slice(path.lastIndexOf('/') + 1, path.length - ending.length);
}

const ENDINGS = ['.script.json', '.script.md', '.json', '.md'];

/** Which parts checking these files needs; what unchanged ones need is there since they were new. */
export function needsOf(parsed: readonly ParsedAutomation[]) {
  const fresh = parsed.filter((one) => !('context' in one));
  return {
    templates: fresh.some(({ source, parsed: { value } }) => needsTemplates(value, source.text)),
    checkSchedule: fresh.some(
      ({ parsed: { value } }) => value.schedule !== undefined && isRareSchedule(value.schedule),
    ),
    checkJsonSchema: fresh.some(({ parsed: { value } }) => value.success?.schema !== undefined),
  };
}

/** Checks and builds what has changed. */
export function checkAutomations(
  all: readonly (ParsedAutomation | AutomationEntry)[],
  context: LoadContext,
  parts: LazyParts,
): AutomationEntries {
  const entries = new Map<string, AutomationEntry>();
  for (const one of all) {
    const isKnown = 'context' in one && one.context === context;
    entries.set(one.source.path, isKnown ? one : checkOne(one, context, parts));
  }
  return entries;
}

const NAME = /^[A-Za-z0-9][\w.-]{0,127}$/;

function checkOne(one: ParsedAutomation, context: LoadContext, parts: LazyParts): AutomationEntry {
  const { name, source, parsed, positions } = one;
  const findings = parsed.findings.concat(checkAutomation(parsed, context, parts));
  if (!NAME.test(name)) {
    const message = `the file's name is the automation's name: expected letters, digits, ".", "_" and "-", got ${quote(name)}`;
    findings.push(errorAt([], 'bad-name', message));
  }
  if (isBroken(findings)) return { name, source, parsed, positions, context, findings };
  const automation = buildAutomation(parsed.value as AutomationFile, {
    name,
    file: source.path,
    fileHash: source.hash,
    format: positions ? 'markdown' : 'json',
    defaults: context.defaults,
  });
  findings.push(...checkExposure(automation, context));
  return { name, source, parsed, positions, context, automation, findings: findings.length === 0 ? NOTHING : findings };
}

const NOTHING: readonly Finding[] = [];

/** Automations by name, and the files whose names are taken already. */
export interface NamedAutomations {
  readonly automations: ReadonlyMap<string, Automation>;
  /** Names of broken files, with the entries that they come from. */
  readonly broken: ReadonlyMap<string, readonly AutomationEntry[]>;
  readonly findings: ReadonlyMap<AutomationEntry, readonly Finding[]>;
}

/** A name that two files have belongs to neither of them. */
export function nameAutomations(entries: AutomationEntries): NamedAutomations {
  const automations = new Map<string, Automation>();
  const broken = new Map<string, AutomationEntry[]>();
  const findings = new Map<AutomationEntry, readonly Finding[]>();
  for (const entry of entries.values()) {
    const { name, automation } = entry;
    const others = sameNamed(name, { entries, automations, broken });
    const [other] = others;
    if (other) {
      automations.delete(name);
      broken.set(name, [...others, entry]);
      findings.set(other, [sameName(name, entry.source.path)]);
      findings.set(entry, [sameName(name, other.source.path)]);
    } else if (automation) {
      automations.set(name, automation);
    } else {
      broken.set(name, [entry]);
    }
  }
  return { automations, broken, findings };
}

function sameNamed(
  name: string,
  known: {
    readonly entries: AutomationEntries;
    readonly automations: ReadonlyMap<string, Automation>;
    readonly broken: ReadonlyMap<string, readonly AutomationEntry[]>;
  },
): readonly AutomationEntry[] {
  const whole = known.automations.get(name);
  const entry = whole && known.entries.get(whole.file);
  return entry ? [entry] : (known.broken.get(name) ?? NONE);
}

const NONE: readonly AutomationEntry[] = [];

function sameName(name: string, other: string): Finding {
  const message = `the automation ${quote(name)} stands in ${other} as well: neither runs; keep one of the two files`;
  return errorAt([], 'duplicate-automation', message);
}
