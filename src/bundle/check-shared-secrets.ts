import { variableOf } from '../domain/secret.ts';
import type { Env } from './check-references.ts';
import { warningAt } from './finding.ts';
import type { AutomationEntries, AutomationEntry } from './load-automations.ts';
import type { Report } from './report.ts';

/** One warning for each secret that signs the requests of several automations: who knows one can start the others. */
export function checkSharedSecrets(entries: AutomationEntries, env: Env): readonly Report[] {
  const users = new Map<string, AutomationEntry[]>();
  for (const entry of entries.values()) {
    for (const reference of entry.automation?.webhookAuth?.secrets ?? []) {
      const name = variableOf(reference);
      const value = name === undefined ? reference : env[name];
      const known = value ? (users.get(value) ?? []) : [];
      if (value && !known.includes(entry)) users.set(value, [...known, entry]);
    }
  }
  return [...users.values()].flatMap((sharing) => {
    const [first, ...others] = sharing;
    if (!first || others.length === 0) return [];
    const names = others.slice(0, 3).map(({ name }) => name);
    const more = others.length > 3 ? ` and ${others.length - 3} more` : '';
    const message = `the secret is used by ${names.join(', ')}${more} as well: give each automation its own`;
    return [{ source: first.source, findings: [warningAt(['webhookAuth', 'secret'], 'shared-secret', message)] }];
  });
}
