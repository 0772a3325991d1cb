import { type DocumentNode, Kind, parse } from 'graphql';
import type { HttpCall } from '../../domain/call.ts';

const MAX_CHARACTERS = 20_000;
const MAX_TOKENS = 2_000;

type DocumentKind = NonNullable<HttpCall['graphql']>;

/**
 * What a GraphQL request does, decided by parsing its document. Exactly one document in one place; a batch is what its
 * most dangerous part is; whatever is not plain is `unclear`.
 */
export function graphqlKind({ method, query, body }: Pick<HttpCall, 'method' | 'query' | 'body'>): DocumentKind {
  const inUrl = query.query;
  if (method === 'GET') return body === undefined && typeof inUrl === 'string' ? kindOf(inUrl) : 'unclear';
  if (method !== 'POST' || inUrl !== undefined) return 'unclear';
  const parts = Array.isArray(body) ? body : [body];
  const kinds = parts.map((part) =>
    isRecord(part) && typeof part.query === 'string' ? kindOf(part.query) : 'unclear',
  );
  return kinds.find((kind) => kind !== 'query') ?? (kinds.length > 0 ? 'query' : 'unclear');
}

function kindOf(source: string): DocumentKind {
  if (source.length > MAX_CHARACTERS) return 'unclear';
  const document = parsed(source);
  if (!document) return 'unclear';
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  if (operations.length === 0 || operations.length + fragments.length < document.definitions.length) return 'unclear';
  return operations.find(({ operation }) => operation !== 'query')?.operation ?? 'query';
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
