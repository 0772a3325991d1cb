import type { Bundle, KnowledgePage } from '../domain/bundle.ts';
import type { Tool } from '../domain/ports/tool.ts';

const DEFAULT_HITS = 5;
const MAX_HITS = 20;
const EXCERPT = 320;
const TITLE_WEIGHT = 5;

interface Indexed {
  readonly page: KnowledgePage;
  readonly title: readonly string[];
  readonly words: ReadonlyMap<string, number>;
  readonly length: number;
}

/** Finds pages of `knowledge/` by words: rare words count more, words of the title most. */
export function knowledgeSearchTool({ knowledge }: Pick<Bundle, 'knowledge'>): Tool {
  let index: readonly Indexed[] | undefined;
  return {
    name: 'knowledge_search',
    description: 'Search the knowledge base by words. Answers paths with excerpts; read a page with "knowledge_read".',
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', minLength: 1, maxLength: 1_000 },
        limit: { type: 'integer', minimum: 1, maximum: MAX_HITS, description: `Default ${DEFAULT_HITS}.` },
      },
      required: ['query'],
      additionalProperties: false,
    },
    effect: () => ({ ok: true, call: { kind: 'local', tool: 'knowledge_search' } }),
    run: async (input) => {
      const { query, limit = DEFAULT_HITS } = input as { readonly query: string; readonly limit?: number };
      index ??= knowledge.map(indexPage);
      return { ok: true, text: JSON.stringify({ hits: search(index, wordsOf(query)).slice(0, limit) }) };
    },
  };
}

function indexPage(page: KnowledgePage): Indexed {
  const all = wordsOf(`${page.path} ${page.text}`);
  const words = new Map<string, number>();
  for (const word of all) words.set(word, (words.get(word) ?? 0) + 1);
  return { page, title: wordsOf(`${page.title} ${page.path}`), words, length: all.length };
}

function search(index: readonly Indexed[], terms: readonly string[]) {
  const weights = new Map(terms.map((term) => [term, rarity(index, term)]));
  return index
    .map((entry) => ({
      entry,
      score: [...weights].reduce((sum, [term, weight]) => sum + weight * hits(entry, term), 0),
    }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.entry.page.path.localeCompare(b.entry.page.path))
    .map(({ entry: { page } }) => ({ path: page.path, title: page.title, excerpt: excerptOf(page.text, terms) }));
}

function rarity(index: readonly Indexed[], term: string): number {
  const having = index.filter(({ words }) => words.has(term)).length;
  return Math.log(1 + index.length / (1 + having));
}

function hits({ words, title, length }: Indexed, term: string): number {
  const often = words.get(term) ?? 0;
  return (2 * often) / (1 + often + length / 1_000) + (title.includes(term) ? TITLE_WEIGHT : 0);
}

function excerptOf(text: string, terms: readonly string[]): string {
  const lower = text.toLowerCase();
  const found = terms.map((term) => lower.indexOf(term)).filter((at) => at >= 0);
  const start = Math.max(0, Math.min(...(found.length > 0 ? found : [0])) - EXCERPT / 4);
  return text
    .slice(start, start + EXCERPT)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? [];
}
