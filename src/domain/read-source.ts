import { createHash } from 'node:crypto';
import { textAt } from './values-at.ts';

const LONGEST_KEY = 256;

/** A delivery as sources look at it. */
export interface Delivered {
  /** Every line of each header, lower-case names. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
  /** The body as data. */
  readonly value: unknown;
}

/** What a source (`body:<path>`, `header:<name>`, `sha256(body)`) names in a delivery; undefined when it is not there. */
export function readSource(source: string, { headers, body, value }: Delivered): string | undefined {
  if (source === 'sha256(body)') return `sha256:${sha256(body)}`;
  if (source.startsWith('body:')) return textAt(value, source.slice('body:'.length));
  if (!source.startsWith('header:')) return undefined;
  const name = source.slice('header:'.length).toLowerCase();
  return (Object.hasOwn(headers, name) && headers[name]?.[0]) || undefined;
}

/** A dedupe key of bounded length: longer ones become their hash. */
export function boundedKey(key: string): string {
  return key.length > LONGEST_KEY ? `sha256:${sha256(key)}` : key;
}

/** What is wrong with a source, or undefined. */
export function sourceProblem(source: string): string | undefined {
  if (source === 'sha256(body)' || /^body:[^.\s]+(\.[^.\s]+)*$/.test(source)) return undefined;
  if (/^header:[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(source)) return undefined;
  return `must be body:<path>, header:<name> or sha256(body), got "${source}"`;
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}
