import { variableOf } from '../domain/secret.ts';
import type { Env } from './check-references.ts';
import { warningAt } from './finding.ts';
import type { FoundReference } from './generated/validators.js';
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

type ParsedFiles = Iterable<{ readonly parsed: { readonly references: readonly FoundReference[] } }>;

/**
 * One warning for each webhook whose secret opens something else, too: who may sign events must not get more by it.
 * `files` are those beside the automations.
 */
export function checkReusedSecrets(entries: AutomationEntries, files: ParsedFiles, env: Env): readonly Report[] {
  const signed = [...entries.values()].filter(({ automation }) => (automation?.webhookAuth?.secrets.length ?? 0) > 0);
  if (signed.length === 0) return [];
  const resolvedValue = (reference: string) => {
    const name = variableOf(reference);
    return name === undefined ? reference : env[name];
  };
  const others = new Map<string, string>();
  for (const { parsed } of [...entries.values(), ...files]) {
    for (const { path, kind, value } of parsed.references) {
      const secret = kind === 'secret' && !path.startsWith('/webhookAuth/') ? resolvedValue(value) : undefined;
      if (secret) others.set(secret, path);
    }
  }
  return signed.flatMap(({ automation, source }) => {
    const secrets = automation?.webhookAuth?.secrets ?? [];
    const place = secrets
      .map((reference) => others.get(resolvedValue(reference) ?? ''))
      .find((path) => path !== undefined);
    if (place === undefined) return [];
    const message = `the secret is used at ${place.slice(1).replaceAll('/', '.')} as well: give each purpose its own`;
    return [{ source, findings: [warningAt(['webhookAuth', 'secret'], 'reused-secret', message)] }];
  });
}
