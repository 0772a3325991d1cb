import type { StoreDefinition } from '../../domain/store.ts';
import { keyFields } from './field-schema.ts';

const MAX_KEY_CHARACTERS = 512;

export type DocumentKey = { readonly ok: true; readonly key: string } | { readonly ok: false; readonly reason: string };

/**
 * The key that a document's fields make. In keys of several fields the template's own separators are escaped inside
 * values, so that two different documents never share a key.
 */
export function documentKey(store: StoreDefinition, fields: Readonly<Record<string, unknown>>): DocumentKey {
  const names = keyFields(store);
  const missing = names.find((name) => !isKeyPart(fields[name]));
  if (missing !== undefined)
    return { ok: false, reason: `the key field "${missing}" must be a text, a number or a boolean that is not empty` };
  const separators = names.length > 1 ? new Set(store.key.replaceAll(/\{[^{}]+\}/g, '')) : new Set<string>();
  const key = store.key.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => escaped(String(fields[name]), separators));
  if (key.length > MAX_KEY_CHARACTERS)
    return { ok: false, reason: `the key is longer than ${MAX_KEY_CHARACTERS} characters` };
  if (/\p{Cc}|\p{Surrogate}/u.test(key)) return { ok: false, reason: 'the key must not hold control characters' };
  return { ok: true, key };
}

function isKeyPart(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean';
}

function escaped(text: string, separators: ReadonlySet<string>): string {
  if (separators.size === 0) return text;
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16)}`;
  return [...text].map((part) => (part === '%' || separators.has(part) ? hex(part) : part)).join('');
}
