import type { Automation, ModelSettings } from './automation.ts';
import type { Connection } from './connection.ts';
import type { CustomTool } from './custom-tool.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Secrets } from './ports/secrets.ts';
import type { Retention } from './retention.ts';
import type { StoreDefinition } from './store.ts';

/** One Markdown page of `knowledge/`. `path` is relative to that folder, without extension. */
export interface KnowledgePage {
  readonly path: string;
  readonly title: string;
  readonly text: string;
}

/** `skills/<name>/SKILL.md`: a playbook that is listed in the prompt and read on demand. */
export interface Skill {
  readonly name: string;
  readonly description: string;
  readonly text: string;
}

/** `agents/<name>/AGENT.md`: a sub-agent with its own instructions and, if it says so, model and tools. */
export interface AgentDefinition {
  readonly name: string;
  readonly description: string;
  readonly prompt: string;
  readonly model?: string;
  readonly tools?: readonly string[];
  readonly connections?: readonly string[];
}

/** One turn of the scripted model: what it says, what it calls. Strings are Jinja over the tool results so far. */
export interface ScriptTurn {
  readonly text?: string;
  readonly toolCalls?: readonly { readonly tool: string; readonly input: unknown }[];
  readonly finish?: string;
}

/**
 * Turns for one automation or sub-agent, from `automations/<name>.script.json`, `agents/<name>/AGENT.script.json` or
 * `tests/*.json`.
 */
export interface Script {
  /** The automation's name, or `agents/<name>` for a sub-agent. */
  readonly automation: string;
  readonly file: string;
  readonly turns: readonly ScriptTurn[];
}

/** Values of `amodal.json` that are not defaults for automations. */
export interface BundleSettings {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly basePrompt?: string;
  readonly timezone: string;
  readonly models: Readonly<Record<string, ModelSettings>>;
  /** Runs at once in a process. */
  readonly concurrency: number;
  /** Runs that may wait before intake answers 503. */
  readonly queue: number;
  /** Bytes of the events of those runs before it does the same; undefined = `DEFAULT_QUEUE_BYTES`. */
  readonly queueBytes?: number;
  readonly server: ServerSettings;
  /** How long history is kept; undefined = `DEFAULT_RETENTION`. */
  readonly retention?: Retention;
  /** What runs that a webhook started get at most, whatever their automation lists. */
  readonly webhookRuns?: Narrowing;
}

/** Lists of the only names that count; an absent list narrows nothing. */
export interface Narrowing {
  readonly tools?: readonly string[];
  readonly connections?: readonly string[];
  readonly skills?: readonly string[];
  readonly agents?: readonly string[];
}

export interface ServerSettings {
  readonly publicUrl?: string;
  readonly trustedProxies: readonly string[];
  readonly host?: string;
  readonly port?: number;
}

export const DEFAULT_CONCURRENCY = 10;
export const DEFAULT_QUEUE = 10_000;
export const DEFAULT_QUEUE_BYTES = 268_435_456;

/** A file that could not be loaded: its automation is known by name, but does not run. */
export interface BrokenAutomation {
  readonly name: string;
  readonly file: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Everything that one load of the folder produced: immutable, and pinned by each run that begins with it. */
export interface Bundle {
  /** The folder given; files are relative to `root`, which is `dir` or `dir/amodal`. */
  readonly dir: string;
  readonly root: string;
  /** SHA-256 over every file's path and content. */
  readonly hash: string;
  readonly settings: BundleSettings;
  readonly automations: ReadonlyMap<string, Automation>;
  readonly broken: ReadonlyMap<string, BrokenAutomation>;
  /** Errors took out of `amodal.json` what it holds runs to: every automation is broken, and `settings` are not whole. */
  readonly isHeldBack?: boolean;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly stores: ReadonlyMap<string, StoreDefinition>;
  readonly knowledge: readonly KnowledgePage[];
  readonly skills: ReadonlyMap<string, Skill>;
  readonly agents: ReadonlyMap<string, AgentDefinition>;
  /** Tools of `tools/<name>/tool.json`. */
  readonly customTools: ReadonlyMap<string, CustomTool>;
  readonly scripts: ReadonlyMap<string, Script>;
  readonly diagnostics: readonly Diagnostic[];
  readonly secrets: Secrets;
}
