import type { Automation } from '../automation.ts';
import type { Bundle } from '../bundle.ts';
import type { ConcreteCall } from '../permission.ts';
import type { RunId } from '../run.ts';
import type { Documents } from './database.ts';

/** What a call came to. `text` is what the model reads (before the cut), whole in the transcript. */
export type ToolResult =
  | { readonly ok: true; readonly text: string; readonly status?: number }
  /** `sent: false` = surely nothing left the process; a write that failed without it may have been applied. */
  | { readonly ok: false; readonly text: string; readonly status?: number; readonly sent?: false };

/** A task handed to a sub-agent. */
export interface SpawnRequest {
  readonly task: string;
  readonly prompt: string;
  readonly agent?: string;
  readonly tools?: readonly string[];
}

/** What a tool may use while it runs; everything of it belongs to one run of one pinned bundle. */
export interface ToolContext {
  readonly run: RunId;
  readonly automation: Automation;
  readonly bundle: Bundle;
  readonly documents: Documents;
  /** True when an outside event started the run: what it writes is marked `untrusted`. */
  readonly untrusted: boolean;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Set for calls that the gate allowed as writes: sent as `Idempotency-Key`, and the right to resolve `writeAuth`. */
  readonly write?: { readonly idempotencyKey: string };
  /** Runs a sub-agent with at most the rights and budget that are left; absent in a sub-agent. */
  readonly spawn?: (request: SpawnRequest) => Promise<ToolResult>;
}

/** What a call would do, said before it is done; the runtime decides whether it may. */
export type Effect =
  | { readonly ok: true; readonly call: ConcreteCall }
  | { readonly ok: false; readonly reason: string };

/** One agent tool. `run` is reached only through the gate, with arguments that fit `inputSchema`. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  effect(input: unknown, context: ToolContext): Effect;
  run(input: unknown, context: ToolContext): Promise<ToolResult>;
}
