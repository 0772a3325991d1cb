import type { WritePolicy } from './automation.ts';
import type { ConcreteCall, HttpCall, MemoryCall, StoreCall, ToolCall } from './call.ts';
import type { Connection } from './connection.ts';
import { type EndpointMatch, fitsAny, matchEndpoint, namesOperation, type Operation } from './endpoint.ts';
import { listsRecipient } from './lists-recipient.ts';
import { overrideIn } from './method-override.ts';
import { renamedField } from './renamed-field.ts';
import { crossedThreshold } from './threshold.ts';

export type { ConcreteCall } from './call.ts';

/** The rights of one run, taken from its pinned bundle. A sub-agent has the same object or a smaller one. */
export interface Rights {
  readonly writeEnabled: boolean;
  readonly writes: WritePolicy;
  /** Undefined = every connection of the bundle. */
  readonly connections?: readonly string[];
  readonly tools?: readonly string[];
  /** The run was started by an outside event, or was shown what one wrote. */
  readonly untrusted?: boolean;
  /** Public connections that it may call even so. */
  readonly allowEgress?: readonly string[];
  readonly connectionOf: (name: string) => Connection | undefined;
  readonly storeWritable: (name: string) => boolean | undefined;
  /** Whether notes may be written without `writeEnabled`; undefined = the automation keeps none. */
  readonly notesWritable?: boolean;
}

export type Decision =
  | {
      readonly allow: true;
      readonly effect: 'read' | 'write';
      readonly rule: string;
      readonly operation: string;
    }
  | {
      readonly allow: false;
      readonly effect: 'read' | 'write';
      readonly rule: string;
      readonly operation: string;
      readonly message: string;
    };

const READS: readonly string[] = ['GET', 'HEAD'];
const GRAPHQL_PATH = /\/(?:graphql|gql)(?:\.\w+)?\/?$/i;
const METHODS: readonly string[] = [...READS, 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * The one gate: whether a run with these rights may make this call after `count` writes. Default deny; a write needs
 * `writeEnabled` and a name in Git, and nothing that the model says can loosen it.
 */
export function authorize(rights: Rights, call: ConcreteCall, count: number): Decision {
  switch (call.kind) {
    case 'http':
      return authorizeHttp(rights, call, count);
    case 'store':
      return authorizeStore(rights, call, count);
    case 'memory':
      return authorizeMemory(rights, call, count);
    case 'local':
      return authorizeTool(rights, { kind: 'tool', tool: call.tool, effect: 'read' }, count);
    case 'tool':
      return authorizeTool(rights, call, count);
    default:
      return unknownKind(call);
  }
}

/** Whether a list of tools (undefined = all) has this one; `name_*` stands for all that begin so. */
export function listsTool(tools: readonly string[] | undefined, tool: string): boolean {
  if (!tools) return true;
  return tools.some((name) => (name.endsWith('*') ? tool.startsWith(name.slice(0, -1)) : name === tool));
}

/** The name of a store's tool: snake case whatever the store is called. */
export function storeToolName(store: string, verb: StoreCall['verb']): string {
  return `store_${store.replaceAll(/[^A-Za-z0-9]+/g, '_')}_${verb}`;
}

function authorizeHttp(rights: Rights, call: HttpCall, count: number): Decision {
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

function listsConnection({ connections, connectionOf }: Rights, name: string): boolean {
  return connectionOf(name) !== undefined && (connections?.includes(name) ?? true);
}

function noConnection({ connections }: Rights, name: string): string {
  const known = connections?.join(', ') ?? 'those named in the instructions';
  return `there is no connection "${name}" for this run; use ${known || 'none'}`;
}

/** Untrusted text on one side, a place that others can see on the other: Git has to say that they may meet. */
function isClosed({ untrusted, allowEgress }: Rights, connection: Connection | undefined): boolean {
  return untrusted === true && connection?.egress === 'public' && !allowEgress?.includes(connection.name);
}

function closedEgress(name: string): string {
  return `connection "${name}" is public, and this run works on untrusted input: its automation must list it in "allowEgress"`;
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

function authorizeStore(rights: Rights, call: StoreCall, count: number): Decision {
  const operation = storeToolName(call.store, call.verb);
  const effect = call.verb === 'put' || call.verb === 'delete' ? 'write' : 'read';
  const deny = denial(effect, operation);
  const writable = rights.storeWritable(call.store);
  if (writable === undefined) return deny('unknown-store', `there is no store "${call.store}" for this run`);
  if (!listsTool(rights.tools, operation)) return deny('tool-not-listed', `this automation has no tool "${operation}"`);
  if (effect === 'read') return { allow: true, effect, rule: 'store-read', operation };
  if (writable) return { allow: true, effect, rule: 'notebook', operation };
  const named = rights.writes.operations?.includes(operation) ?? true;
  return allowWrite(rights, { operation, count, named });
}

function authorizeMemory(rights: Rights, { tool, effect }: MemoryCall, count: number): Decision {
  const deny = denial(effect, tool);
  if (rights.notesWritable === undefined) return deny('no-memory', 'this automation keeps no notes');
  if (!listsTool(rights.tools, tool)) return deny('tool-not-listed', `this automation has no tool "${tool}"`);
  if (effect === 'read') return { allow: true, effect, rule: 'memory-read', operation: tool };
  if (rights.notesWritable) return { allow: true, effect, rule: 'notebook', operation: tool };
  return allowWrite(rights, { operation: tool, count, named: rights.writes.operations?.includes(tool) ?? true });
}

function authorizeTool(rights: Rights, call: ToolCall, count: number): Decision {
  const { tool, effect, connection, recipients } = call;
  const operation = recipients ? `${connection}:${tool} ${recipients.join(', ')}` : tool;
  const deny = denial(effect, operation);
  if (!listsTool(rights.tools, tool)) return deny('tool-not-listed', `this automation has no tool "${tool}"`);
  if (connection !== undefined && !listsConnection(rights, connection)) {
    return deny('unknown-connection', noConnection(rights, connection));
  }
  if (connection !== undefined && isClosed(rights, rights.connectionOf(connection))) {
    return deny('egress', closedEgress(connection));
  }
  if (effect === 'read') return { allow: true, effect, rule: 'read-tool', operation };
  const stranger = rights.writeEnabled ? unlistedRecipient(rights, call) : undefined;
  if (stranger !== undefined) {
    return deny('recipient', `the access file of connection "${connection}" does not list ${JSON.stringify(stranger)}`);
  }
  const named = rights.writes.operations?.includes(tool) ?? recipients !== undefined;
  return allowWrite(rights, { operation, count, named });
}

/** The first of a message's recipients that nobody has named in Git. */
function unlistedRecipient({ connectionOf }: Rights, { connection, recipients }: ToolCall): string | undefined {
  const listed = connection === undefined ? undefined : connectionOf(connection)?.recipients;
  return recipients?.find((recipient) => !listsRecipient(listed ?? [], recipient));
}

interface Write {
  readonly operation: string;
  /** Whose access file could have named it. */
  readonly connection?: string;
  readonly count: number;
  /** A file in Git names this very operation. */
  readonly named: boolean;
}

function allowWrite(rights: Rights, { operation, connection, count, named }: Write): Decision {
  const deny = denial('write', operation);
  const { maxPerRun, operations } = rights.writes;
  if (!rights.writeEnabled) {
    return deny('read-only', 'this run is read-only (its file does not say "writeEnabled": true) and this is a write');
  }
  if (!named) {
    return deny('not-named', notNamed(operations !== undefined, connection));
  }
  if (maxPerRun !== undefined && count >= maxPerRun) {
    return deny('max-per-run', `this run has made its ${maxPerRun} allowed writes`);
  }
  return { allow: true, effect: 'write', rule: operations ? 'listed-write' : 'declared-write', operation };
}

function notNamed(isListed: boolean, connection: string | undefined): string {
  const list = '"writes.operations" of this automation';
  if (isListed) return `the list ${list} does not name it`;
  const accessFile = connection === undefined ? '' : ` and the access file of connection "${connection}"`;
  return `a write must be named in a file, and ${list}${accessFile} ${connection === undefined ? 'does' : 'do'} not name it`;
}

function denial(effect: 'read' | 'write', operation: string) {
  return (rule: string, why: string): Decision => {
    return { allow: false, effect, rule, operation, message: `Refused by the runtime: ${operation}: ${why}.` };
  };
}

function unknownKind(call: never): Decision {
  return denial('write', String(call))('unknown-kind', 'no such kind of call');
}
