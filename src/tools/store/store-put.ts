import { storeToolName } from '../../domain/permission.ts';
import type { Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import type { StoreDefinition, StoreField } from '../../domain/store.ts';
import { documentKey } from './document-key.ts';
import { documentSchema } from './field-schema.ts';
import { storeScope } from './store-scope.ts';

/** Largest document, as JSON. */
const MAX_DOCUMENT_BYTES = 262_144;

/** Most documents of one store. */
const MAX_DOCUMENTS = 100_000;

type Fields = Readonly<Record<string, unknown>>;

/** Writes one document; one with the same key is replaced. */
export function storePutTool(store: StoreDefinition): Tool {
  return {
    name: storeToolName(store.name, 'put'),
    description: `Write one ${store.entity} to the store "${store.name}" (key: ${store.key}); one with the same key is replaced.`,
    inputSchema: documentSchema(store),
    effect: () => ({ ok: true, call: { kind: 'store', store: store.name, verb: 'put' } }),
    run: (input, context) => put(store, input as Fields, context),
  };
}

async function put(store: StoreDefinition, value: Fields, context: ToolContext): Promise<ToolResult> {
  const { documents, run, untrusted } = context;
  const made = documentKey(store, value);
  if (!made.ok) return refused(made.reason);
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > MAX_DOCUMENT_BYTES) return refused(`the document has ${bytes} bytes; at most ${MAX_DOCUMENT_BYTES} fit`);
  const dangling = await danglingReference(store.schema, value, context);
  if (dangling) return refused(dangling);
  const now = context.now();
  const scope = storeScope(store, context);
  if (
    (await documents.countDocuments(scope, now)) >= MAX_DOCUMENTS &&
    !(await documents.getDocument(scope, made.key, now))
  ) {
    return refused(`the store "${store.name}" is full: it holds ${MAX_DOCUMENTS} documents`);
  }
  const origin = untrusted ? 'untrusted' : 'trusted';
  const keep = {
    ...(store.ttlSeconds === undefined ? {} : { expiresAt: now + store.ttlSeconds * 1000 }),
    ...(store.historyVersions === undefined ? {} : { keepVersions: store.historyVersions }),
  };
  await documents.putDocument({ store: scope, key: made.key, value, origin, run, updatedAt: now }, keep, now);
  return { ok: true, text: JSON.stringify({ stored: true, key: made.key }) };
}

async function danglingReference(
  fields: Readonly<Record<string, StoreField>>,
  value: Fields,
  context: ToolContext,
): Promise<string | undefined> {
  const references = Object.entries(fields).flatMap(([name, field]) => referencesIn(field, value[name], name));
  for (const { name, store, key } of references) {
    const target = context.bundle.stores.get(store);
    const found = target && (await context.documents.getDocument(storeScope(target, context), key, context.now()));
    if (!found) return `"${name}": there is no document "${key}" in the store "${store}"`;
  }
  return undefined;
}

interface StoreReference {
  readonly name: string;
  readonly store: string;
  readonly key: string;
}

function referencesIn(field: StoreField, value: unknown, name: string): readonly StoreReference[] {
  if (value === null || value === undefined) return [];
  switch (field.type) {
    case 'ref':
      return [{ name, store: field.store, key: String(value) }];
    case 'array':
      return Array.isArray(value) ? value.flatMap((item, at) => referencesIn(field.item, item, `${name}.${at}`)) : [];
    case 'object': {
      const object = value as Fields;
      return Object.entries(field.fields).flatMap(([part, inner]) =>
        referencesIn(inner, object[part], `${name}.${part}`),
      );
    }
    case 'string':
    case 'boolean':
    case 'datetime':
    case 'number':
    case 'enum':
      return [];
  }
}

function refused(text: string): ToolResult {
  return { ok: false, text, sent: false };
}
