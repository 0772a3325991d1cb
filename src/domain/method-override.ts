import type { HttpCall } from './call.ts';

const OVERRIDE_KEYS: ReadonlySet<string> = new Set(['_method', '_http_method', 'x-http-method-override']);
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
  const keys = [...Object.keys(query), ...fieldsOf(body)];
  return header ?? keys.find((name) => OVERRIDE_KEYS.has(plain(name)));
}

function fieldsOf(body: unknown): string[] {
  if (typeof body === 'string') return body.split(/[&?]/).map((pair) => pair.split('=')[0] ?? '');
  return body !== null && typeof body === 'object' ? Object.keys(body) : [];
}

/** A name as the most lenient server reads it: percent-decoded until nothing changes, no blanks, no case. */
function plain(name: string): string {
  let text = name;
  for (let round = 0; round < 4; round += 1) {
    const next = decoded(text);
    if (next === text) break;
    text = next;
  }
  return text
    .replaceAll(/[\s\0]/g, '')
    .replaceAll(/\[.*$/g, '')
    .toLowerCase();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
