import matter from 'gray-matter';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { quote } from './describe-value.ts';
import { errorAt, type Finding } from './finding.ts';
import { lineAndColumn } from './line-column.ts';
import type { Positions } from './locate.ts';

/** A Markdown text and the fields in front of it. */
export interface FrontMatter {
  /** A plain value of the YAML core schema; undefined without front matter. */
  readonly data: unknown;
  readonly positions: Positions;
  readonly body: string;
  /** Lines of the file before the body. */
  readonly bodyLine: number;
  readonly findings: readonly Finding[];
}

const FENCE = /^---[ \t]*(.*?)[ \t]*(?:\r?\n|$)/;
const MAX_ALIASES = 20;

/** Reads YAML front matter with a parser that constructs nothing; a fence that names another language is refused. */
export function readFrontMatter(text: string): FrontMatter {
  const [, language = ''] = FENCE.exec(text) ?? [];
  if (language !== '' && language !== 'yaml' && language !== 'yml') {
    const message = `front matter in ${quote(language)}: expected YAML; begin the file with a line that is just ---`;
    return broken(errorAt([], 'front-matter-language', message));
  }
  const [, after] = /\n---([^\n]*)/.exec(text) ?? [];
  if (after === undefined || after.trim() !== '') {
    return broken(
      errorAt([], 'front-matter-open', 'the front matter is not closed: end it with a line that is just ---'),
    );
  }
  const read: { value?: YamlRead } = {};
  const { content } = matter(text, {
    language: 'yaml',
    engines: {
      yaml: (source: string) => {
        read.value = readYaml(source);
        return {};
      },
      ...REFUSED_ENGINES,
    },
  });
  const bodyStart = text.length - content.length;
  const { data, positions, findings } = read.value ?? { data: {}, positions: {}, findings: [] };
  return { data: data ?? {}, positions, body: content, bodyLine: lineAndColumn(text, bodyStart).line - 1, findings };
}

/** The parser's own engines evaluate code or guess; none of them is ever reached. */
const REFUSED_ENGINES = Object.fromEntries(
  ['js', 'javascript', 'json', 'coffee', 'coffeescript', 'cson', 'toml'].map((name) => [name, refuse]),
);

function refuse(): never {
  throw new Error('only YAML front matter is read');
}

interface YamlRead {
  readonly data: unknown;
  readonly positions: Positions;
  readonly findings: readonly Finding[];
}

/** The text begins in the file's second line, or with the line end of the first. */
function readYaml(source: string): YamlRead {
  const lineCounter = new LineCounter();
  const document = parseDocument(source, {
    lineCounter,
    schema: 'core',
    merge: false,
    uniqueKeys: true,
    resolveKnownTags: false,
  });
  const shift = source.startsWith('\n') || source.startsWith('\r\n') ? 0 : 1;
  const place = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line + shift), column: Math.max(1, col) };
  };
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) {
    const [words = ''] = problem.message.split(/ at line \d+|:?\n/);
    const finding = errorAt(['(yaml)'], 'bad-front-matter', '');
    const message = `the front matter is no plain YAML: ${words}`;
    return { data: {}, positions: { '(yaml)': place(problem.pos[0]) }, findings: [{ ...finding, message }] };
  }
  try {
    return {
      data: document.toJS({ maxAliasCount: MAX_ALIASES }),
      positions: positionsOf(document, place),
      findings: [],
    };
  } catch (error) {
    const message = `the front matter is no plain YAML: ${(error as Error).message}`;
    return { data: {}, positions: {}, findings: [errorAt([], 'bad-front-matter', message)] };
  }
}

type Place = (offset: number) => Positions[string];

function positionsOf({ contents }: ReturnType<typeof parseDocument>, place: Place): Positions {
  if (!isMap(contents)) return {};
  const entries = contents.items.flatMap(({ key }) =>
    isScalar(key) && key.range ? [[String(key.value), place(key.range[0])] as const] : [],
  );
  return Object.fromEntries(entries);
}

function broken(finding: Finding): FrontMatter {
  return { data: {}, positions: {}, body: '', bodyLine: 0, findings: [finding] };
}
