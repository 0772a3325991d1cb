import { createHash } from 'node:crypto';
import type { RightItem } from './right.ts';
import { describeReference, variableOf } from './secret.ts';

/** Keys whose values are secrets unless they are references. */
const SECRET_KEY = /token|secret|password|key|credential|smtp|authorization|headers|cookie|^env$/i;
const MOST_CHARACTERS = 160;

/** A value of a file as an item that equals another one only when nothing in it differs. */
export function itemOf(value: unknown, key = ''): RightItem {
  return { key: JSON.stringify(value) ?? '', text: shownValue(value, key) };
}

/** A value of a file for people: references as they stand, of other secrets nothing, of URLs what says where they lead. */
export function shownValue(value: unknown, key = ''): string {
  const text = shown(value, SECRET_KEY.test(key));
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}… (${digest(text)})` : text;
}

/** The variables that any text in a value names, as references, each once. */
export function referencesIn(value: unknown): readonly string[] {
  const found = new Set<string>();
  const visit = (part: unknown): void => {
    if (typeof part === 'string' && variableOf(part) !== undefined) found.add(part);
    else if (typeof part === 'object' && part !== null) Object.values(part).forEach(visit);
  };
  visit(value);
  return [...found].sort();
}

function shown(value: unknown, secret: boolean): string {
  if (typeof value === 'string') return secret ? describeReference(value) : shownText(value);
  if (Array.isArray(value)) return value.map((part) => shown(part, secret)).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return entries.map(([name, part]) => `${name} ${shown(part, secret || SECRET_KEY.test(name))}`).join(', ');
}

/** The path of a URL is often as good as a password, so it is told apart from others but not told. */
function shownText(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text.replaceAll(/\s+/g, ' ');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return `(no URL, ${digest(text)})`;
  const origin = `${url.protocol}//${url.host}`;
  const rest = `${url.username}${url.password}${url.pathname}${url.search}${url.hash}`;
  return rest === '/' || rest === '' ? origin : `${origin}/… (${digest(text)})`;
}

/** Enough to tell two texts apart. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
