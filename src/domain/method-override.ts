import type { HttpCall } from './call.ts';

/** Names of query parameters and body fields, `-` written as `_`. */
const OVERRIDE_KEYS: ReadonlySet<string> = new Set([
  '_method',
  '__method',
  '_method_override',
  '_http_method',
  '_httpmethod',
  '$method',
  '$httpmethod',
  'http_method_override',
  'method_override',
  'x_http_method',
  'x_http_method_override',
  'x_method_override',
]);
const OVERRIDE_HEADERS: ReadonlySet<string> = new Set([
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-method',
  'x-original-method',
  'x-rewrite-method',
  'x-original-url',
  'x-rewrite-url',
  'x-forwarded-method',
]);

/** The header, query parameter or body field by which a server might take the call for another method. */
export function overrideIn({
  headers = {},
  query,
  body,
}: Pick<HttpCall, 'headers' | 'query' | 'body'>): string | undefined {
  const header = Object.keys(headers).find((name) => OVERRIDE_HEADERS.has(plain(name).replaceAll('_', '-')));
  const hidden = Object.values(query).flat().flatMap(afterSemicolon);
  const keys = [...Object.keys(query), ...hidden, ...fieldsOf(body)];
  return header ?? keys.find((name) => OVERRIDE_KEYS.has(asKey(name)));
}

/** Some servers part a query at `;` too. */
function afterSemicolon(value: string): string[] {
  return value
    .split(';')
    .slice(1)
    .map((pair) => pair.split('=')[0] ?? '');
}

function fieldsOf(body: unknown): string[] {
  if (typeof body === 'string') return fieldsOfText(body);
  if (Array.isArray(body)) return body.flatMap((item) => (typeof item === 'string' ? [] : fieldsOf(item)));
  return body !== null && typeof body === 'object' ? Object.keys(body) : [];
}

/** As JSON, as a form, as the parts of a multipart body. */
function fieldsOfText(text: string): string[] {
  const form = text.split(/[&?;]/).map((pair) => pair.split('=')[0] ?? '');
  const parts = [...text.matchAll(/\bname\s*=\s*"?([^";\r\n]{1,100})/gi)].map(([, name = '']) => name);
  return [...form, ...parts, ...fieldsOf(parsed(text))];
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? undefined : value;
  } catch {
    return undefined;
  }
}

/** PHP reads `.method` and `[method` as `_method`. */
function asKey(name: string): string {
  return plain(name).replace(/^[.[]/, '_').replaceAll(/[-.]/g, '_').replace(/\[.*$/, '');
}

/** A name as the most lenient server reads it: percent-decoded until nothing changes, no blanks, no case. */
function plain(name: string): string {
  let text = name;
  for (let round = 0; round < 4; round += 1) {
    const next = decoded(text);
    if (next === text) break;
    text = next;
  }
  return text.replaceAll(/[\s\0]/g, '').toLowerCase();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
