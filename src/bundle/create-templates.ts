import type { Environment } from 'minijinja-js';
import type { TemplateError, Templates } from '../domain/ports/templates.ts';
import { wordsInTags } from './scan-template.ts';
import { visibleWhenMissing } from './visible-template.ts';

/** Steps of one rendering, at most: about 30 ms. */
const FUEL = 300_000;
/** Characters of a template, and of what it may become. */
const MAX_TEMPLATE_CHARACTERS = 262_144;
const MAX_RENDERED_CHARACTERS = 4_194_304;
const PREPARED_AT_ONCE = 200;

type Result = ReturnType<Templates['render']>;

type WithEnvironment = <Value>(use: (environment: Environment) => Value) => Value | TemplateError;

/** Jinja by minijinja in WebAssembly (30 ms to import): no access to prototypes, functions or files, a bound on steps. */
export async function createTemplates(): Promise<Templates> {
  const minijinja = await import('minijinja-js');
  const within: WithEnvironment = (use) => withEnvironment(() => new minijinja.Environment(), use);
  const unknownWords = new Map<string, boolean>();
  const prepared = new Map<string, ReturnType<typeof visibleWhenMissing>>();
  const prepare = (template: string) => {
    const known = prepared.get(template);
    if (known) return known;
    if (prepared.size >= PREPARED_AT_ONCE) prepared.clear();
    const made = visibleWhenMissing(template);
    prepared.set(template, made);
    return made;
  };
  return {
    check: (template) =>
      checkLength(template) ?? checkSyntax(template, within) ?? checkWords(template, unknownWords, within),
    render: (template, variables): Result => {
      const wrong = checkLength(template) ?? checkSyntax(template, within);
      if (wrong) return { ok: false, error: wrong };
      const { source, written } = prepare(template);
      return renderWith(source, { ...plainData(variables), ...written }, within);
    },
  };
}

function checkLength(template: string): TemplateError | undefined {
  if (template.length <= MAX_TEMPLATE_CHARACTERS) return undefined;
  return { message: `the template has ${template.length} characters; at most ${MAX_TEMPLATE_CHARACTERS}`, line: 1 };
}

/** A fresh environment each time: what one template does cannot reach another, and a trap in one is over with it. */
function withEnvironment<Value>(
  create: () => Environment,
  use: (environment: Environment) => Value,
): Value | TemplateError {
  try {
    const environment = create();
    try {
      environment.debug = true;
      environment.fuel = FUEL;
      environment.undefinedBehavior = 'chainable';
      return use(environment);
    } finally {
      environment.free();
    }
  } catch (error) {
    return describe(error);
  }
}

function checkSyntax(template: string, within: WithEnvironment): TemplateError | undefined {
  return within<undefined>((environment) => void environment.addTemplate('prompt', template));
}

function renderWith(source: string, variables: Readonly<Record<string, unknown>>, within: WithEnvironment): Result {
  const rendered = within((environment) => ({ text: environment.renderStr(source, variables) }));
  if (!('text' in rendered)) return { ok: false, error: rendered };
  const { length } = rendered.text;
  if (length <= MAX_RENDERED_CHARACTERS) return { ok: true, text: rendered.text };
  return {
    ok: false,
    error: { message: `the text has ${length} characters; at most ${MAX_RENDERED_CHARACTERS}`, line: 1 },
  };
}

/** Filters and tests are looked up only when they are reached, so their names are checked apart. */
function checkWords(
  template: string,
  unknownWords: Map<string, boolean>,
  within: WithEnvironment,
): TemplateError | undefined {
  for (const { kind, word, offset } of wordsInTags(template)) {
    const key = `${kind} ${word}`;
    if (!unknownWords.has(key)) unknownWords.set(key, isUnknown(kind, word, within));
    if (!unknownWords.get(key)) continue;
    const before = template.slice(0, offset).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    return { message: `unknown ${kind} "${word}"`, line: before.length, column };
  }
  return undefined;
}

function isUnknown(kind: 'filter' | 'test', word: string, within: WithEnvironment): boolean {
  const expression = kind === 'filter' ? `1|${word}` : `1 is ${word}`;
  const found = within((environment) => ({ value: environment.evalExpr(expression, {}) as unknown }));
  return 'message' in found && found.message.includes(`${kind} ${word} is unknown`);
}

/** Own, JSON-like data only: no functions, no prototypes, nothing that answers when it is asked. */
function plainData(variables: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(variables)) as Record<string, unknown>;
}

const POSITION = / \(in [^)]*?:(\d+)\)\s*$/;
const CARETS = /^\s*i( +)\^/m;

/** minijinja says where it is in its first line, and draws the column below the line of the template. */
function describe(error: unknown): TemplateError {
  const text = error instanceof Error ? error.message : String(error);
  const [first = ''] = text.split('\n');
  const line = Number(POSITION.exec(first)?.[1] ?? 1);
  const message = first.replace(POSITION, '').replace(/^unknown (filter|test|function|method): /, '');
  const [, indent] = CARETS.exec(text) ?? [];
  return indent === undefined ? { message, line } : { message, line, column: indent.length };
}
