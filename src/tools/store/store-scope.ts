import type { ToolContext } from '../../domain/ports/tool.ts';
import type { StoreDefinition, StoredDocument } from '../../domain/store.ts';

/** The name under which documents are kept: one place for all automations, or one each where the file says `"shared": false`. */
export function storeScope({ name, shared }: StoreDefinition, { automation }: Pick<ToolContext, 'automation'>): string {
  return shared ? name : `${name}@${automation.name}`;
}

/**
 * Whether a document stays hidden: it was written on untrusted input, this run may write, and its file does not say
 * `acceptUntrusted`. Else the run is as untrusted as what it is shown.
 */
export function isWithheld({ origin }: StoredDocument, { automation, readUntrusted }: ToolContext): boolean {
  if (origin === 'trusted') return false;
  if (automation.writeEnabled && automation.acceptUntrusted !== true) return true;
  readUntrusted?.();
  return false;
}

/** What is said instead of what is withheld. */
export const WITHHELD =
  'written from untrusted input, and this run may write: its automation must say "acceptUntrusted": true to read it';

/** A document as the model reads it. `origin: "untrusted"` says that an outside event had a hand in it. */
export function shownDocument({ key, value, origin, updatedAt }: StoredDocument) {
  return { key, origin, updatedAt: new Date(updatedAt).toISOString(), value };
}
