import { storeToolName } from '../../domain/permission.ts';
import type { Tool } from '../../domain/ports/tool.ts';
import type { StoreDefinition } from '../../domain/store.ts';
import { documentKey } from './document-key.ts';
import { keySchema } from './field-schema.ts';
import { isWithheld, shownDocument, storeScope, WITHHELD } from './store-scope.ts';

/** Reads one document by the fields of its key. */
export function storeGetTool(store: StoreDefinition): Tool {
  return {
    name: storeToolName(store.name, 'get'),
    description: `Read one ${store.entity} from the store "${store.name}".`,
    inputSchema: keySchema(store),
    effect: () => ({ ok: true, call: { kind: 'store', store: store.name, verb: 'get' } }),
    run: async (input, context) => {
      const found = documentKey(store, input as Readonly<Record<string, unknown>>);
      if (!found.ok) return { ok: false, text: found.reason };
      const document = await context.documents.getDocument(storeScope(store, context), found.key, context.now());
      if (document && isWithheld(document, context))
        return { ok: false, text: `"${found.key}" is withheld: ${WITHHELD}` };
      const answer = document ? { found: true, ...shownDocument(document) } : { found: false, key: found.key };
      return { ok: true, text: JSON.stringify(answer) };
    },
  };
}
