import type { Headers } from './authorization.ts';

export interface Body {
  readonly text?: string;
  readonly headers?: Headers;
}

/** An object as JSON; a text as it is, with the model's content type where that is a plain one. */
export function bodyOf(data: unknown, asked: Headers = {}): Body {
  if (data === undefined) return {};
  if (typeof data !== 'string') return { text: JSON.stringify(data), headers: { 'content-type': 'application/json' } };
  const wanted = Object.entries(asked).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const type = wanted && /^[\w.+-]+\/[\w.+-]+(; ?charset=[\w-]+)?$/.test(wanted) ? wanted : guessType(data);
  return { text: data, headers: { 'content-type': type } };
}

function guessType(text: string): string {
  try {
    JSON.parse(text);
    return 'application/json';
  } catch {
    return 'text/plain; charset=utf-8';
  }
}
