import type { ToolContext } from '../../domain/ports/tool.ts';
import type { StoreDefinition, StoredDocument } from '../../domain/store.ts';

/** The name under which documents are kept: one place for all automations, or one each where the file says `"shared": false`. */
export function storeScope({ name, shared }: StoreDefinition, { automation }: Pick<ToolContext, 'automation'>): string {
  return shared ? name : `${name}@${automation.name}`;
}

/** A document as the model reads it. `origin: "untrusted"` says that an outside event had a hand in it. */
export function shownDocument({ key, value, origin, updatedAt }: StoredDocument) {
  return { key, origin, updatedAt: new Date(updatedAt).toISOString(), value };
}
