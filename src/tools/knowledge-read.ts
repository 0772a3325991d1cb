import type { Bundle } from '../domain/bundle.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import type { Tool } from '../domain/ports/tool.ts';

/** Reads one page of `knowledge/` whole. */
export function knowledgeReadTool({ knowledge }: Pick<Bundle, 'knowledge'>): Tool {
  const pages = new Map(knowledge.map((page) => [page.path, page]));
  return {
    name: 'knowledge_read',
    description: 'Read one page of the knowledge base by its path.',
    inputSchema: {
      type: 'object',
      properties: { path: { type: 'string', description: 'The path as listed, e.g. "runbooks/error-rate".' } },
      required: ['path'],
      additionalProperties: false,
    },
    effect: () => ({ ok: true, call: { kind: 'local', tool: 'knowledge_read' } }),
    run: async (input) => {
      const { path } = input as { readonly path: string };
      const page = pages.get(path) ?? pages.get(path.replace(/^\/?(knowledge\/)?/, '').replace(/\.md$/, ''));
      if (page) return { ok: true, text: page.text };
      return { ok: false, text: `there is no page "${path}"${didYouMean(path, pages.keys())}` };
    },
  };
}
