import type { Automation } from '../automation.ts';
import type { Bundle } from '../bundle.ts';
import type { Thread } from '../delivery.ts';
import type { ConcreteCall } from '../permission.ts';
import type { RunId } from '../run.ts';
import type { Documents } from './documents.ts';
import type { NewFile, SaveResult, StoredFile } from './files.ts';
import type { Memories } from './memories.ts';

/** What a call came to. `text` is what the model reads (before the cut), whole in the transcript. */
export type ToolResult =
  | { readonly ok: true; readonly text: string; readonly status?: number }
  /**
   * `sent: false` = surely nothing left the process, or the other side says that it did nothing; a write that failed
   * without it may have been applied.
   */
  | { readonly ok: false; readonly text: string; readonly status?: number; readonly sent?: false };

/** A task handed to a sub-agent. */
export interface SpawnRequest {
  readonly task: string;
  readonly prompt: string;
  readonly agent?: string;
  readonly tools?: readonly string[];
}

/** One step of a chain: a call of another tool, judged like any call that the model makes. */
export interface StepRequest {
  readonly step: string;
  readonly tool: string;
  readonly input: unknown;
}

/** The files of one run: those that its caller attached, and those that it makes. */
export interface RunFiles {
  listAttached(): Promise<readonly StoredFile[]>;
  /** Keeps a file that the run made, within its limits of size and number; it is listed with the run's answer. */
  saveFile(
    file: Pick<NewFile, 'filename' | 'mediaType' | 'kind'>,
    source: Uint8Array | AsyncIterable<Uint8Array>,
  ): Promise<SaveResult>;
  /** An attached file, or one that the run made; undefined when there is no such one. */
  readFile(id: string): Promise<{ readonly file: StoredFile; readonly bytes: Buffer } | undefined>;
}

/** What a tool may use while it runs; everything of it belongs to one run of one pinned bundle. */
export interface ToolContext {
  readonly run: RunId;
  readonly automation: Automation;
  readonly bundle: Bundle;
  readonly documents: Documents;
  /** The notes of automations; absent where none can be kept. */
  readonly notes?: Memories;
  /** Absent where nothing can be kept. */
  readonly files?: RunFiles;
  /** The Slack thread that the run's event comes from; undefined when it comes from none. */
  readonly thread?: () => Thread | undefined;
  /** True when an outside event started the run or it was shown what one wrote: what it writes is marked `untrusted`. */
  readonly untrusted: boolean;
  /** Told by a tool that shows what an outside event had a hand in: what the run writes from then on is untrusted too. */
  readonly readUntrusted?: () => void;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Set for calls that the gate allowed as writes: sent as `Idempotency-Key`, and the right to resolve `writeAuth`. */
  readonly write?: { readonly idempotencyKey: string };
  /** Makes a step of a chain, through the gate and into the record. */
  readonly takeStep?: (request: StepRequest) => Promise<ToolResult>;
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
  /** Its parts have limits of time of their own, so it has none. */
  readonly isUntimed?: true;
  effect(input: unknown, context: ToolContext): Effect;
  run(input: unknown, context: ToolContext): Promise<ToolResult>;
}

/** The session that tools are opened for. */
export interface ToolSession {
  readonly bundle: Bundle;
  readonly automation: Automation;
  /** Names of the tools that it has already; none of them is given twice. */
  readonly taken: readonly string[];
  /** The end of the session: what was opened is gone with it. */
  readonly signal: AbortSignal;
}

/** Opens what has to be reached before its tools can be listed (MCP servers); what cannot be opened is told by its tools. */
export type OpenTools = (session: ToolSession) => Promise<readonly Tool[]>;
