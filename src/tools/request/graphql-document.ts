import { type DocumentNode, Kind, parse, visit } from 'graphql';
import type { HttpCall } from '../../domain/call.ts';

const MAX_CHARACTERS = 20_000;
const MAX_TOKENS = 2_000;

/** What a request may hold besides its document; a stored document named by its id would not be the one that is judged. */
const PARTS: readonly string[] = ['query', 'variables', 'operationName', 'extensions'];
const ELSEWHERE: readonly string[] = [
  'query',
  'mutation',
  'extensions',
  'id',
  'queryid',
  'doc_id',
  'docid',
  'documentid',
];

export type GraphqlCall = Required<Pick<HttpCall, 'graphql' | 'renames'>>;

/**
 * What a GraphQL request does, decided by parsing its document, and the fields that it gives other names. Exactly one
 * document in one place; a batch is what its most dangerous part is; whatever is not plain is `unclear`.
 */
export function graphqlCall({ method, query, body }: Pick<HttpCall, 'method' | 'query' | 'body'>): GraphqlCall {
  const documents = documentsIn(method, query, body).map(readDocument);
  const kinds = documents.map(({ graphql }) => graphql);
  const graphql = kinds.find((kind) => kind !== 'query') ?? (kinds.length > 0 ? 'query' : 'unclear');
  return { graphql, renames: documents.flatMap(({ renames }) => renames) };
}

/** The documents of a request as texts; undefined for one that is not plainly there. */
function documentsIn(method: string, query: HttpCall['query'], body: unknown): readonly (string | undefined)[] {
  const elsewhere = Object.keys(query).filter((name) => ELSEWHERE.includes(plain(name)));
  if (method === 'GET') {
    const isPlain = body === undefined && elsewhere.length === 1 && elsewhere[0] === 'query';
    return [isPlain && typeof query.query === 'string' ? query.query : undefined];
  }
  if (method !== 'POST' || elsewhere.length > 0) return [undefined];
  return (Array.isArray(body) ? body : [body]).map(documentOf);
}

function documentOf(part: unknown): string | undefined {
  if (!isRecord(part) || Object.keys(part).some((name) => !PARTS.includes(name))) return undefined;
  if (isRecord(part.extensions) && Object.keys(part.extensions).length > 0) return undefined;
  return typeof part.query === 'string' ? part.query : undefined;
}

function plain(name: string): string {
  return name.trim().toLowerCase().replace(/\[.*$/, '');
}

function readDocument(source: string | undefined): GraphqlCall {
  const document = source === undefined || source.length > MAX_CHARACTERS ? undefined : parsed(source);
  if (!document) return { graphql: 'unclear', renames: [] };
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const isPlain = operations.length > 0 && operations.length + fragments.length === document.definitions.length;
  const graphql = operations.find(({ operation }) => operation !== 'query')?.operation ?? 'query';
  return { graphql: isPlain ? graphql : 'unclear', renames: renamesIn(document) };
}

function renamesIn(document: DocumentNode): readonly string[] {
  const names: string[] = [];
  visit(document, {
    Field: ({ name, alias }) => {
      if (alias && alias.value !== name.value) names.push(name.value);
    },
  });
  return names;
}

function parsed(source: string): DocumentNode | undefined {
  try {
    return parse(source, { maxTokens: MAX_TOKENS, noLocation: true });
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object';
}
