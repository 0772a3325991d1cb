/** What a model may say in a header; everything else, above all who we are, is the runtime's. */
const ALLOWED: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'prefer',
]);
const PLAIN = /^[\t\u0020-\u007e]*$/;

export type Headers = Readonly<Record<string, string>>;

/** The headers of one request, lower case: the model's allowed ones, then the connection's, then the runtime's, each over the ones before. */
export function requestHeaders(...layers: readonly (Headers | undefined)[]): Headers {
  const [model = {}, ...rest] = layers;
  const allowed = Object.entries(model).filter(([name, value]) => ALLOWED.has(name.toLowerCase()) && PLAIN.test(value));
  const all = [Object.fromEntries(allowed), ...rest].flatMap((layer) => Object.entries(layer ?? {}));
  return Object.fromEntries(all.map(([name, value]) => [name.toLowerCase(), value]));
}
