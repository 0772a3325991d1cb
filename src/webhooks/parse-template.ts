import type { TemplatePart } from './auth-shape.ts';

const PLACEHOLDER = /(\{[^{}]*\})/;
const PLAIN: ReadonlySet<string> = new Set(['body', 'timestamp', 'method', 'url']);

export type ParsedTemplate =
  | { readonly ok: true; readonly parts: readonly TemplatePart[] }
  | { readonly ok: false; readonly problem: string };

/** Reads a `signedPayload` such as `v0:{timestamp}:{body}`; every placeholder must be known, `{body}` must come once. */
export function parseTemplate(template: string): ParsedTemplate {
  const pieces = template.split(PLACEHOLDER).filter((piece) => piece !== '');
  const parts: TemplatePart[] = [];
  for (const [index, piece] of pieces.entries()) {
    const part = partOf(
      piece,
      pieces[index - 1]?.endsWith('.') === true || pieces[index + 1]?.startsWith('.') === true,
    );
    if (!part) return { ok: false, problem: `has an unknown placeholder ${piece}` };
    parts.push(part);
  }
  const bodies = parts.filter(({ type }) => type === 'body').length;
  if (bodies !== 1) return { ok: false, problem: `must contain {body} exactly once, got "${template}"` };
  return { ok: true, parts };
}

function partOf(piece: string, isDotted: boolean): TemplatePart | undefined {
  if (!PLACEHOLDER.test(piece)) return { type: 'text', text: piece };
  const name = piece.slice(1, -1);
  if (name.startsWith('header:') && name.length > 'header:'.length) {
    return { type: 'header', name: name.slice('header:'.length).toLowerCase(), isDotted };
  }
  return PLAIN.has(name) ? { type: name as 'body' | 'timestamp' | 'method' | 'url' } : undefined;
}
