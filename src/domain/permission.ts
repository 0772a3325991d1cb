import type { WritePolicy } from './automation.ts';
import type { Connection, EndpointAccess } from './connection.ts';

/** A call in the one form that the gate judges: normalised by the tool, nothing left to interpret. */
export type ConcreteCall =
  | {
      readonly kind: 'http';
      readonly connection: string;
      /** Exact upper-case method. */
      readonly method: string;
      /** Path below the connection's base URL, leading `/`, no query. */
      readonly path: string;
      readonly query: Readonly<Record<string, string | readonly string[]>>;
      readonly body?: unknown;
      /** The model's own word; can only tighten. */
      readonly intent?: 'read' | 'write';
    }
  | { readonly kind: 'store'; readonly store: string; readonly verb: 'get' | 'list' | 'put' | 'delete' }
  /** A tool that reads what the bundle holds (knowledge, skills), or hands work to a sub-agent. */
  | { readonly kind: 'local'; readonly tool: string }
  /** Any other tool; `effect` comes from the file that declares it, never from the tool's server. */
  | { readonly kind: 'tool'; readonly tool: string; readonly effect: 'read' | 'write' };

/** The rights of one run, taken from its pinned bundle. A sub-agent has the same object or a smaller one. */
export interface Rights {
  readonly writeEnabled: boolean;
  readonly writes: WritePolicy;
  /** Undefined = every connection of the bundle. */
  readonly connections?: readonly string[];
  readonly tools?: readonly string[];
  readonly connectionOf: (name: string) => Connection | undefined;
  readonly storeWritable: (name: string) => boolean | undefined;
}

export type Decision =
  | { readonly allow: true; readonly effect: 'read' | 'write'; readonly rule: string; readonly operation: string }
  | {
      readonly allow: false;
      readonly effect: 'read' | 'write';
      readonly rule: string;
      readonly operation: string;
      readonly message: string;
    };

export type { EndpointAccess };
