import { storeToolName } from '../../domain/permission.ts';
import type { Tool } from '../../domain/ports/tool.ts';
import type { StoreDefinition } from '../../domain/store.ts';
import { fieldSchema } from './field-schema.ts';
import { isWithheld, shownDocument, storeScope, WITHHELD } from './store-scope.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

interface ListInput {
  readonly filter?: Readonly<Record<string, unknown>>;
  readonly sort?: { readonly field: string; readonly descending?: boolean };
  readonly limit?: number;
}

/** Lists documents: equal to what the filter says, sorted by a field. */
export function storeListTool(store: StoreDefinition): Tool {
  return {
    name: storeToolName(store.name, 'list'),
    description: `List documents (${store.entity}) of the store "${store.name}".`,
    inputSchema: listSchema(store),
    effect: () => ({ ok: true, call: { kind: 'store', store: store.name, verb: 'list' } }),
    run: async (input, context) => {
      const { filter, sort, limit = DEFAULT_LIMIT } = input as ListInput;
      const query = {
        limit,
        ...(filter ? { filter } : {}),
        ...(sort ? { sort: { field: sort.field, descending: sort.descending ?? false } } : {}),
      };
      const documents = await context.documents.listDocuments(storeScope(store, context), query, context.now());
      const shown = documents.filter((document) => !isWithheld(document, context)).map(shownDocument);
      const withheld = documents.length - shown.length;
      const note = withheld > 0 ? { withheld, note: `${withheld} more: ${WITHHELD}` } : {};
      return { ok: true, text: JSON.stringify({ documents: shown, count: shown.length, ...note }) };
    },
  };
}

function listSchema({ schema }: StoreDefinition) {
  const fields = Object.entries(schema);
  return {
    type: 'object',
    properties: {
      filter: {
        type: 'object',
        properties: Object.fromEntries(fields.map(([name, field]) => [name, fieldSchema(field)])),
        additionalProperties: false,
        description: 'Fields that must have these values.',
      },
      sort: {
        type: 'object',
        properties: { field: { enum: fields.map(([name]) => name) }, descending: { type: 'boolean' } },
        required: ['field'],
        additionalProperties: false,
      },
      limit: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, description: `Default ${DEFAULT_LIMIT}.` },
    },
    additionalProperties: false,
  };
}
