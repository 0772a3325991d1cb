import type { HttpCall } from './call.ts';
import type { Connection } from './connection.ts';
import { type EndpointMatch, fitsAny, matchEndpoint, namesOperation, type Operation } from './endpoint.ts';
import { overrideIn } from './method-override.ts';
import { renamedField } from './renamed-field.ts';
import {
  allowWrite,
  closedEgress,
  type Decision,
  denial,
  isClosed,
  listsConnection,
  listsTool,
  noConnection,
  type Rights,
} from './rights.ts';
import { crossedThreshold } from './threshold.ts';

const READS: readonly string[] = ['GET', 'HEAD'];
const GRAPHQL_PATH = /\/(?:graphql|gql)(?:\.\w+)?\/?$/i;
const METHODS: readonly string[] = [...READS, 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The gate for a request of a connection, after `count` writes. */
export function authorizeHttp(rights: Rights, call: HttpCall, count: number): Decision {
  const operation = `${call.connection}:${call.method} ${call.path}`;
  const deny = denial('write', operation);
  const connection = rights.connectionOf(call.connection);
  const { tool = 'request' } = call;
  if (!listsTool(rights.tools, tool)) return deny('tool-not-listed', `this automation has no tool "${tool}"`);
  if (!connection || !listsConnection(rights, call.connection)) {
    return deny('unknown-connection', noConnection(rights, call.connection));
  }
  if (!METHODS.includes(call.method)) {
    return deny('method', `method "${call.method}" is not one of ${METHODS.join(', ')}, in capitals`);
  }
  if (isClosed(rights, connection)) return deny('egress', closedEgress(connection.name));
  const override = overrideIn(call);
  if (override) return deny('method-override', `"${override}" would change the method on the way; leave it out`);
  const renamed = renamedField(connection.fieldRestrictions, call);
  if (renamed !== undefined)
    return deny('field-restriction', `the access file restricts "${renamed}": ask for it under its own name`);
  return judgeHttp(rights, call, { connection, operation, count });
}

interface Judged {
  readonly connection: Connection;
  readonly operation: string;
  readonly count: number;
}

function judgeHttp(rights: Rights, call: HttpCall, { connection, operation, count }: Judged): Decision {
  const match = matchEndpoint(connection.endpoints, call);
  const { effect, rule } = effectOf(connection, call, match);
  const refused = restriction(rights, call, { match, effect, operation });
  if (refused) return refused;
  if (effect === 'read') {
    const { readPaths } = connection;
    const isListed = readPaths === undefined || rule === 'declared-read' || fitsAny(readPaths, call.path);
    if (!isListed) return denial('read', operation)('read-paths', 'the access file does not list it in "readPaths"');
    return { allow: true, effect, rule, operation };
  }
  const named = rights.writes.operations ? listed(rights, call) : match?.exact === true;
  return allowWrite(rights, { operation, connection: connection.name, count, named });
}

function effectOf(connection: Connection, call: HttpCall, match: EndpointMatch | undefined) {
  const declared = match?.access.intent;
  if (call.intent === 'write') return { effect: 'write', rule: 'intent' } as const;
  if (declared === 'write') return { effect: 'write', rule: 'declared-write' } as const;
  if (connection.format === 'graphql' && takesDocuments(call, match)) {
    const read = call.graphql === 'query' && [...READS, 'POST'].includes(call.method);
    return { effect: read ? 'read' : 'write', rule: 'graphql' } as const;
  }
  if (READS.includes(call.method))
    return { effect: call.body === undefined ? 'read' : 'write', rule: 'method' } as const;
  if (declared === 'read' && match?.exact) return { effect: 'read', rule: 'declared-read' } as const;
  return { effect: 'write', rule: 'method' } as const;
}

/** Where documents are posted: the connection itself, a path that is called so, one that the access file names. */
function takesDocuments({ method, path }: HttpCall, match: EndpointMatch | undefined): boolean {
  return method !== 'POST' || path === '/' || GRAPHQL_PATH.test(path) || match?.exact === true;
}

interface Matched {
  readonly match: EndpointMatch | undefined;
  readonly effect: 'read' | 'write';
  readonly operation: string;
}

/** What the access file forbids whoever asks: `never`, a crossed threshold, a confirmation that nobody can give. */
function restriction(rights: Rights, call: HttpCall, { match, effect, operation }: Matched): Decision | undefined {
  if (!match) return undefined;
  const deny = denial(effect, operation);
  const { access } = match;
  const why = access.reason ? `: ${access.reason}` : '';
  if (effect === 'write' && !rights.writeEnabled) return undefined;
  if (access.confirm === 'never') return deny('confirm-never', `the access file never allows it${why}`);
  const crossed = crossedThreshold(access.thresholds, call);
  if (crossed) return deny('threshold', `${crossed}${why}`);
  if (access.confirm !== false && !(match.exact && listed(rights, call))) {
    return deny('confirm', `it needs a person's confirmation, and this run is unattended${why}`);
  }
  return undefined;
}

function listed(rights: Rights, call: Operation & Pick<HttpCall, 'tool'>): boolean {
  const { operations = [] } = rights.writes;
  return operations.some((operation) => operation === call.tool || namesOperation(operation, call));
}
