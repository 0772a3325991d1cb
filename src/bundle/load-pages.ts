import type { AgentDefinition, KnowledgePage, Skill } from '../domain/bundle.ts';
import { errorAt, type Finding } from './finding.ts';
import { validateAgent, validateKnowledge, validateSkill } from './generated/validators.js';
import type { Positions } from './locate.ts';
import { validated } from './parse-json.ts';
import { headingsOf, type ReadFrontMatter, readMarkdown } from './read-markdown.ts';
import type { AgentFrontMatter, KnowledgeFrontMatter, SkillFrontMatter } from './schema/front-matter.ts';
import type { SourceFile } from './source-file.ts';

/** What became of one Markdown file. */
export interface LoadedPage<Value> {
  readonly value?: Value;
  readonly findings: readonly Finding[];
  readonly positions: Positions;
}

/** A page of `knowledge/`; `path` is relative to that folder, without extension. */
export function loadKnowledge(
  source: SourceFile,
  path: string,
  read: ReadFrontMatter | undefined,
): LoadedPage<KnowledgePage> {
  const { data, body, findings: wrong, positions } = readMarkdown(source, read);
  const { value, findings } = validated<KnowledgeFrontMatter>(data ?? {}, validateKnowledge, {
    kind: 'knowledge',
    findings: wrong,
  });
  if (wrong.length > 0) return { findings, positions };
  const [heading] = headingsOf(body.split(/\r?\n/));
  return { value: { path, title: value.title ?? (heading?.title || path), text: body.trim() }, findings, positions };
}

/** `skills/<name>/SKILL.md`. */
export function loadSkill(source: SourceFile, folder: string, read: ReadFrontMatter | undefined): LoadedPage<Skill> {
  const { data, body, findings: wrong, positions } = readMarkdown(source, read);
  const { value, findings } = validated<SkillFrontMatter>(data ?? {}, validateSkill, {
    kind: 'skill',
    findings: wrong,
  });
  const text = body.trim();
  const all = wrong.length > 0 || text !== '' ? findings : [...findings, errorAt([], 'empty', 'the skill has no text')];
  if (all.some(({ severity }) => severity === 'error')) return { findings: all, positions };
  return {
    value: { name: value.name ?? folder, description: value.description ?? firstLine(text), text },
    findings: all,
    positions,
  };
}

/** `agents/<name>/AGENT.md`. */
export function loadAgent(
  source: SourceFile,
  folder: string,
  read: ReadFrontMatter | undefined,
): LoadedPage<AgentDefinition> {
  const { data, body, findings: wrong, positions } = readMarkdown(source, read);
  const { value, findings } = validated<AgentFrontMatter>(data ?? {}, validateAgent, {
    kind: 'agent',
    findings: wrong,
  });
  const prompt = body.trim();
  const all =
    wrong.length > 0 || prompt !== '' ? findings : [...findings, errorAt([], 'empty', 'the agent has no instructions')];
  if (all.some(({ severity }) => severity === 'error')) return { findings: all, positions };
  const { name = folder, description = firstLine(prompt), model, tools, connections } = value;
  return { value: { name, description, prompt, model, tools, connections }, findings: all, positions };
}

const LONGEST_DESCRIPTION = 200;

function firstLine(text: string): string {
  const line = text.split('\n').find((one) => one.trim() !== '') ?? '';
  return line
    .replace(/^#+\s*/, '')
    .trim()
    .slice(0, LONGEST_DESCRIPTION);
}
