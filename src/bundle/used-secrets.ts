import { variableOf } from '../domain/secret.ts';
import type { FoundReference } from './generated/validators.js';

/** Where requests go by design; other URLs (a chat's webhook, say) let in whoever knows them. */
const PUBLIC_URL = /\/(apiUrl|baseUrl|specUrl|tokenUrl)$/;

/** The variables and literals of all files that must not be seen: secrets, and URLs that are as good as one. */
export function usedSecrets(files: Iterable<{ readonly parsed: { readonly references: readonly FoundReference[] } }>) {
  const used = new Set<string>();
  const literals = new Map<string, string>();
  for (const { parsed } of files) {
    for (const { path, kind, value } of parsed.references) {
      if (kind === 'value' || (kind === 'url' && PUBLIC_URL.test(path))) continue;
      const name = variableOf(value);
      if (name !== undefined) used.add(name);
      else if (kind === 'secret' && !value.startsWith('env:')) literals.set(`literal ${literals.size + 1}`, value);
    }
  }
  return { used, literals };
}
