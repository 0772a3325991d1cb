import { authorizeHttp } from './authorize-http.ts';
import type { ConcreteCall, MemoryCall, StoreCall, ToolCall } from './call.ts';
import { listsRecipient } from './lists-recipient.ts';
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

export type { ConcreteCall } from './call.ts';
export { type Decision, listsTool, type Rights } from './rights.ts';

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

/** The name of a store's tool: snake case whatever the store is called. */
export function storeToolName(store: string, verb: StoreCall['verb']): string {
  return `store_${store.replaceAll(/[^A-Za-z0-9]+/g, '_')}_${verb}`;
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

function unknownKind(call: never): Decision {
  return denial('write', String(call))('unknown-kind', 'no such kind of call');
}
