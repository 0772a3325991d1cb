/** Longest path and query that a model may send. */
export const MAX_URL_CHARACTERS = 8_192;

/** A path below a connection's base, and its query, taken apart the way the gate judges it. */
export interface Endpoint {
  /** Leading `/`, percent-escapes as given. */
  readonly path: string;
  /** With `?`, or empty: the given bytes, then `params` encoded. */
  readonly search: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
}

export type ParsedEndpoint =
  | { readonly ok: true; readonly endpoint: Endpoint }
  | { readonly ok: false; readonly reason: string };

export type Params = Readonly<Record<string, unknown>>;

const SCHEME = /^[^/?]*:/;
const BAD_CHARACTER = /[^\u0021-\u007e]|[\\#]/;

/**
 * Takes apart what the model named as endpoint. Everything that one URL parser or another could read as a different
 * host, a place above the base, or a hidden separator is refused with the reason.
 */
export function parseEndpoint(endpoint: string, params: Params = {}): ParsedEndpoint {
  const [path = '', ...rest] = endpoint.split('?');
  const given = rest.join('?');
  const reason = badPath(endpoint, path) ?? badQuery(given);
  if (reason) return { ok: false, reason: `endpoint ${JSON.stringify(endpoint.slice(0, 200))}: ${reason}` };
  const added = new URLSearchParams(Object.entries(params).flatMap(([name, value]) => pairsOf(name, value))).toString();
  const search = [given, added].filter((part) => part !== '').join('&');
  const full = {
    path: path.startsWith('/') ? path : `/${path}`,
    search: search && `?${search}`,
    query: queryOf(search),
  };
  if (full.path.length + full.search.length > MAX_URL_CHARACTERS) {
    return { ok: false, reason: `the path and query are longer than ${MAX_URL_CHARACTERS} characters` };
  }
  return { ok: true, endpoint: full };
}

function badPath(endpoint: string, path: string): string | undefined {
  if (BAD_CHARACTER.test(endpoint)) return 'only printable ASCII without blanks, "\\" and "#"; percent-encode the rest';
  if (SCHEME.test(path)) return 'a path below the connection, not a URL; begin it with "/"';
  if (path.startsWith('//')) return 'a path below the connection, not another host';
  if (/%(?:2f|5c|25)/i.test(path)) return 'no encoded "/", "\\" or "%" in the path';
  const decoded = decodeFully(path);
  if (decoded === undefined) return 'the percent-encoding is broken';
  const segments = decoded.replace(/^\//, '').split('/');
  if (segments.some((segment) => /^\.{1,2}$/.test(segment.split(';')[0] ?? ''))) return 'no "." or ".." segments';
  if (segments.slice(0, -1).includes('')) return 'no empty segments ("//")';
  return undefined;
}

function badQuery(query: string): string | undefined {
  return decodeFully(query.replaceAll('+', ' ')) === undefined
    ? 'the percent-encoding of the query is broken'
    : undefined;
}

/** Decoded until nothing changes; undefined when it is malformed or hides a control character or a backslash. */
function decodeFully(text: string): string | undefined {
  let current = text;
  for (let round = 0; round < 4; round += 1) {
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

function pairsOf(name: string, value: unknown): [string, string][] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((item) => [name, textOf(item)]);
  return [[name, textOf(value)]];
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function queryOf(search: string): Endpoint['query'] {
  const params = new URLSearchParams(search);
  const names = [...new Set(params.keys())];
  const valuesOf = (name: string) => {
    const [first = '', ...rest] = params.getAll(name);
    return rest.length === 0 ? first : [first, ...rest];
  };
  return Object.fromEntries(names.map((name) => [name, valuesOf(name)]));
}
