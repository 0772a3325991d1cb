import type { WritePolicy } from './automation.ts';
import type { Connection } from './connection.ts';

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

/** Whether a list of tools (undefined = all) has this one; `name_*` stands for all that begin so. */
export function listsTool(tools: readonly string[] | undefined, tool: string): boolean {
  if (!tools) return true;
  return tools.some((name) => (name.endsWith('*') ? tool.startsWith(name.slice(0, -1)) : name === tool));
}

/** Whether the run may use a connection of this name. */
export function listsConnection({ connections, connectionOf }: Rights, name: string): boolean {
  return connectionOf(name) !== undefined && (connections?.includes(name) ?? true);
}

/** A sentence about a connection that the run has not. */
export function noConnection({ connections }: Rights, name: string): string {
  const known = connections?.join(', ') ?? 'those named in the instructions';
  return `there is no connection "${name}" for this run; use ${known || 'none'}`;
}

/** Untrusted text on one side, a place that others can see on the other: Git has to say that they may meet. */
export function isClosed({ untrusted, allowEgress }: Rights, connection: Connection | undefined): boolean {
  return untrusted === true && connection?.egress === 'public' && !allowEgress?.includes(connection.name);
}

/** A sentence about a public connection that is closed to untrusted input. */
export function closedEgress(name: string): string {
  return `connection "${name}" is public, and this run works on untrusted input: its automation must list it in "allowEgress"`;
}

interface Write {
  readonly operation: string;
  /** Whose access file could have named it. */
  readonly connection?: string;
  readonly count: number;
  /** A file in Git names this very operation. */
  readonly named: boolean;
}

/** The last word on a write: the run's right to write at all, its name in Git, the number of writes. */
export function allowWrite(rights: Rights, { operation, connection, count, named }: Write): Decision {
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

/** Refusals of one call: by rule and a reason that the model can act on. */
export function denial(effect: 'read' | 'write', operation: string) {
  return (rule: string, why: string): Decision => {
    return { allow: false, effect, rule, operation, message: `Refused by the runtime: ${operation}: ${why}.` };
  };
}
