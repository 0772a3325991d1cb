import { storeToolName } from '../../domain/permission.ts';
import type { Tool } from '../../domain/ports/tool.ts';
import type { StoreDefinition } from '../../domain/store.ts';
import { documentKey } from './document-key.ts';
import { keySchema } from './field-schema.ts';
import { storeScope } from './store-scope.ts';

/** Deletes one document by the fields of its key. */
export function storeDeleteTool(store: StoreDefinition): Tool {
  return {
    name: storeToolName(store.name, 'delete'),
    description: `Delete one ${store.entity} from the store "${store.name}".`,
    inputSchema: keySchema(store),
    effect: () => ({ ok: true, call: { kind: 'store', store: store.name, verb: 'delete' } }),
    run: async (input, context) => {
      const found = documentKey(store, input as Readonly<Record<string, unknown>>);
      if (!found.ok) return { ok: false, text: found.reason, sent: false };
      const deleted = await context.documents.deleteDocument(storeScope(store, context), found.key, context.now());
      return { ok: true, text: JSON.stringify({ deleted, key: found.key }) };
    },
  };
}
