import type { Headers } from './authorization.ts';
import type { Endpoint } from './endpoint.ts';

/** The whole URL, or undefined when it would not stay below the base. */
export function urlBelow(baseUrl: string, { path, search }: Pick<Endpoint, 'path' | 'search'>): string | undefined {
  const base = new URL(baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const query = [base.search.slice(1), search.slice(1)].filter((part) => part !== '').join('&');
  const url = new URL(`${base.origin}${prefix}${path}${query && `?${query}`}`);
  const below = url.pathname === prefix || url.pathname.startsWith(`${prefix}/`);
  return url.origin === base.origin && below ? url.href : undefined;
}

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
