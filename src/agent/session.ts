import type { Automation } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import type { TakenOut } from '../domain/outgoing.ts';
import type { Rights } from '../domain/permission.ts';
import type { Audit } from '../domain/ports/audit.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Documents } from '../domain/ports/documents.ts';
import type { Faults } from '../domain/ports/faults.ts';
import type { Files } from '../domain/ports/files.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { Memories } from '../domain/ports/memories.ts';
import type { Message, Model, ModelAnswer } from '../domain/ports/model.ts';
import type { RunQueue } from '../domain/ports/run-queue.ts';
import type { SessionRequest } from '../domain/ports/session.ts';
import type { Spending } from '../domain/ports/spending.ts';
import type { Templates } from '../domain/ports/templates.ts';
import type { OpenTools, RunFiles, SpawnRequest, StepRequest, Tool, ToolResult } from '../domain/ports/tool.ts';
import type { RateLimits } from '../domain/rate-limits.ts';
import type { NewTranscriptEntry } from '../domain/transcript.ts';
import type { ToolUse } from './check-outcome.ts';
import type { Purse } from './purse.ts';
import type { RollingBudget } from './rolling-budgets.ts';
import type { Stop } from './stop.ts';

/** What sessions need from the other rooms. */
export interface SessionPorts {
  /** `agent` names the sub-agent that it is for. */
  readonly models: (bundle: Bundle, user: Automation & { readonly agent?: string }) => Model;
  readonly tools: (bundle: Bundle) => readonly Tool[];
  /** More tools, for this session alone. */
  readonly openTools?: OpenTools;
  /** Called only for prompts that hold `{{` or `{%`. */
  readonly templates: () => Promise<Templates>;
  readonly clock: Clock;
  readonly database: Documents &
    Memories &
    Pick<Spending, 'listSpent'> &
    Pick<Audit, 'appendAudit'> &
    Pick<RunQueue, 'recordWriteIntent' | 'recordWriteOutcome'>;
  /** Where files of runs are kept; without it tools can keep none. */
  readonly files?: Files;
  readonly faults: Faults;
  /** At least 64 random bits as text without markup, new on each call. */
  readonly nonce: () => string;
  readonly logger: Logger;
}

/** What a session has done so far; sub-agents count into the same numbers. */
export interface Counters {
  steps: number;
  toolCalls: number;
  refusals: number;
  /** Writes that the gate has let through and that count against `writes.maxPerRun`. */
  writes: number;
  /** Writes of which a request has left, or may have. */
  writesSent: number;
}

/** One attempt of one run: shared by the main conversation and its sub-agents. */
export interface Session {
  readonly ports: SessionPorts;
  readonly request: SessionRequest;
  readonly purse: Purse;
  /** What is left of the automation's 30 days; undefined when nothing caps it, or nothing is spent. */
  readonly rolling?: RollingBudget;
  readonly stop: Stop;
  readonly files?: RunFiles;
  readonly counters: Counters;
  /** What has left so far; the limits of the run are on it. */
  readonly takenOut: { -readonly [Name in keyof TakenOut]: TakenOut[Name] };
  /** Shared by all sessions of the process: the rates of connections. */
  readonly rates: RateLimits;
  /** Where what the run writes comes from: true from the start, or from the first untrusted document that it is shown. */
  readonly input: { untrusted: boolean };
  /** Every tool that the bundle gives this session, by name: what the steps of chains are taken from. */
  readonly tools: Map<string, Tool>;
  /** Makes a step of a chain for a speaker; `key` is that of the chain's call. */
  readonly takeStep: (speaker: Speaker, request: StepRequest & { readonly key: string }) => Promise<ToolResult>;
  /** Every tool result so far, for the success contract. */
  readonly uses: ToolUse[];
  /** Runs a sub-agent of a speaker to its end. */
  readonly spawn: (parent: Speaker, request: SpawnRequest) => Promise<ToolResult>;
  /** Replaces secret values in a text. */
  readonly redact: (text: string) => string;
  /** Appends redacted lines to the run's record. */
  readonly record: (...entries: readonly NewTranscriptEntry[]) => Promise<void>;
}

/** Who talks to the model: the run itself, or a sub-agent with its own context and at most the same rights. */
export interface Speaker {
  /** The sub-agent's name; undefined for the run itself. */
  readonly agent?: string;
  readonly model: Model;
  readonly system: string;
  readonly prompt: string;
  /** What was said before, in a conversation. */
  readonly history?: readonly Message[];
  readonly tools: ReadonlyMap<string, Tool>;
  readonly rights: Rights;
}

/** The lines that one answered model call leaves in the record. */
export function stepLines(
  { agent, isReplayed }: Pick<Speaker, 'agent'> & { readonly isReplayed: boolean },
  step: number,
  { text, toolCalls, finish, model, usage, costUsd }: Extract<ModelAnswer, { ok: true }>,
): readonly NewTranscriptEntry[] {
  const by = agent === undefined ? {} : { agent };
  const calls = toolCalls.map(({ id, name, input }) => ({ id, name, input }));
  return [
    { type: 'agent.message', content: { step, ...by, text, toolCalls: calls, finish, model } },
    { type: 'usage', content: { step, ...by, model, ...usage, costUsd, ...(isReplayed ? { replayed: true } : {}) } },
  ];
}
