/** Longest path and query. */
const MAX_URL_CHARACTERS = 8192;

/** Most rounds of percent-decoding; what still changes then is refused. */
const MAX_DECODING_ROUNDS = 4;

/** Characters that some reader turns into `.`, `/` or `\\`. */
const LOOK_ALIKES = /[\u2024\u2025\u2044\u2215\u2216\u29f5\u29f8\u29f9\u3002\ufe52\ufe68\uff0e\uff0f\uff3c\uff61]/;

export interface UrlParts {
  /** Scheme, host and path prefix that nothing may leave; a query of its own is kept and cannot be overridden. */
  readonly baseUrl: string;
  /** A path below the base, with or without a leading `/`, and a query if need be. */
  readonly endpoint: string;
  /** More of the query; arrays repeat the key, objects become JSON, null and undefined are left out. */
  readonly params?: Readonly<Record<string, unknown>>;
}

export type BuiltUrl =
  | {
      readonly ok: true;
      readonly url: string;
      /** Below the base, leading `/`, as it is sent. */
      readonly path: string;
      readonly query: Readonly<Record<string, string | readonly string[]>>;
    }
  | { readonly ok: false; readonly reason: string };

/**
 * Joins a base and what somebody else named as endpoint, so that the result never leaves the base's origin and path
 * prefix, however a URL parser or a server reads it. Anything that two readers could take for two things is refused.
 */
export function buildUrl({ baseUrl, endpoint, params = {} }: UrlParts): BuiltUrl {
  const base = parsedBase(baseUrl);
  if (!base) return refused('the base must be an http(s) URL without user name and fragment');
  const at = endpoint.indexOf('?');
  const path = at < 0 ? endpoint : endpoint.slice(0, at);
  const given = at < 0 ? '' : endpoint.slice(at + 1);
  const problem = characterProblem(endpoint) ?? pathProblem(path) ?? queryProblem(given);
  if (problem) return refused(`endpoint ${JSON.stringify(endpoint.slice(0, 200))}: ${problem}`);
  const prefix = base.pathname.replace(/\/+$/, '');
  const below = path === '' || path.startsWith('/') ? path : `/${path}`;
  const search = searchOf(base.search.slice(1), given, params);
  if (!search.ok) return search;
  return confined(base, { prefix, below, search: search.text });
}

interface Joined {
  readonly prefix: string;
  readonly below: string;
  readonly search: string;
}

/** The last word: what the URL parser makes of it must lie inside the base, whatever was checked before. */
function confined(base: URL, { prefix, below, search }: Joined): BuiltUrl {
  const text = `${base.origin}${prefix}${below}${search === '' ? '' : `?${search}`}`;
  if (below.length + search.length > MAX_URL_CHARACTERS) {
    return refused(`path and query are longer than ${MAX_URL_CHARACTERS} characters`);
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isInside =
    url?.origin === base.origin &&
    url.username === '' &&
    url.hash === '' &&
    (url.pathname === `${prefix}${below}` || url.pathname.startsWith(`${prefix}/`));
  if (!url || !isInside) return refused('the path leaves the base');
  const path = url.pathname.slice(prefix.length);
  return { ok: true, url: url.href, path: path === '' ? '/' : path, query: queryOf(url.searchParams) };
}

function parsedBase(baseUrl: string): URL | undefined {
  if (!URL.canParse(baseUrl)) return undefined;
  const base = new URL(baseUrl);
  const isHttp = base.protocol === 'http:' || base.protocol === 'https:';
  return isHttp && base.username === '' && base.password === '' && base.hash === '' ? base : undefined;
}

function characterProblem(endpoint: string): string | undefined {
  if (/[^\u0021-\u007e]/.test(endpoint)) return 'only printable ASCII without blanks: percent-encode the rest';
  return /[\\#]/.test(endpoint) ? 'no "\\" and no "#"' : undefined;
}

function pathProblem(path: string): string | undefined {
  if (/^[^/]*:/.test(path)) return 'a path below the connection is expected, not a URL; begin it with "/"';
  if (path.startsWith('//')) return 'a path below the connection is expected, not another host';
  if (/%(?:2f|5c|25)/i.test(path)) return 'no encoded "/", "\\" or "%" in the path';
  const decoded = decodedFully(path);
  if (decoded === undefined) return 'its percent-encoding is broken or hides a control character';
  const segments = decoded.replace(/^\//, '').split('/');
  if (segments.some((segment) => /^\.{1,2}(;|$)/.test(segment.replaceAll(/[\s\p{Cf}]/gu, ''))))
    return 'no "." or ".." segments';
  if (LOOK_ALIKES.test(decoded)) return 'no look-alikes of "." and "/"';
  return segments.slice(0, -1).includes('') ? 'no empty segments ("//")' : undefined;
}

function queryProblem(query: string): string | undefined {
  return decodedFully(query.replaceAll('+', ' ')) === undefined
    ? 'the percent-encoding of the query is broken or hides a control character'
    : undefined;
}

/** Decoded until nothing changes; undefined when it is malformed, too deep, or hides a control character or backslash. */
function decodedFully(text: string): string | undefined {
  let current = text;
  for (let round = 0; round < MAX_DECODING_ROUNDS; round += 1) {
    const next = decoded(current);
    if (next === undefined) return round === 0 ? undefined : current;
    if (/[\p{Cc}\\]/u.test(next)) return undefined;
    if (next === current) return current;
    current = next;
  }
  return undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

type Search = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** The base's own pairs, then the given bytes, then the params; a key of the base may not come twice. */
function searchOf(own: string, given: string, params: Readonly<Record<string, unknown>>): Search {
  const added = new URLSearchParams(Object.entries(params).flatMap(([name, value]) => pairsOf(name, value))).toString();
  const owned = new Set(keysOf(own));
  const clash = [given, added].flatMap(keysOf).find((key) => owned.has(key));
  if (clash !== undefined) return refused(`the query parameter "${clash}" belongs to the connection`);
  return { ok: true, text: [own, given, added].filter((part) => part !== '').join('&') };
}

/** As the most lenient server reads them: parted at `;` too, without case and without what stands in brackets. */
function keysOf(query: string): readonly string[] {
  const names = [...query.split('&'), ...query.split(/[&;]/)].flatMap((part) => [...new URLSearchParams(part).keys()]);
  return names.map((name) => name.trim().toLowerCase().replace(/\[.*$/, ''));
}

function pairsOf(name: string, value: unknown): [string, string][] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((item) => [name, textOf(item)]);
  return [[name, textOf(value)]];
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function queryOf(search: URLSearchParams): Readonly<Record<string, string | readonly string[]>> {
  const keys = [...new Set(search.keys())];
  return Object.fromEntries(
    keys.map((key) => {
      const all = search.getAll(key);
      return [key, all.length === 1 ? (all[0] ?? '') : all];
    }),
  );
}

function refused(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
