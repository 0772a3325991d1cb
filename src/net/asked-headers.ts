/** What a model may say in a header; everything else, above all who we are and where it goes, is the runtime's. */
const ALLOWED: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'prefer',
  'range',
]);

const PLAIN_VALUE = /^[\t\u0020-\u007e]{0,1000}$/;

/** The headers that may be sent of those a model asked for, lower case, and the names of those that were dropped. */
export function askedHeaders(asked: Readonly<Record<string, string>>): {
  readonly headers: Readonly<Record<string, string>>;
  readonly dropped: readonly string[];
} {
  const entries = Object.entries(asked).map(([name, value]) => [name.toLowerCase(), value] as const);
  const isAllowed = ([name, value]: readonly [string, string]) => ALLOWED.has(name) && PLAIN_VALUE.test(value);
  return {
    headers: Object.fromEntries(entries.filter(isAllowed)),
    dropped: entries.filter((entry) => !isAllowed(entry)).map(([name]) => name),
  };
}
