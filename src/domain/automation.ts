import type { MemorySettings } from './memory.ts';
import type { Reference } from './secret.ts';

export type TriggerType = 'cron' | 'webhook' | 'manual';

/** A cron expression in croner's grammar and the IANA zone whose wall clock it follows. */
export interface Schedule {
  readonly expression: string;
  readonly timezone: string;
}

/**
 * What happens to instants that passed while no runtime was up. `withinMinutes` undefined = for `latest` half a period,
 * at most 120; for `all` one day.
 */
export interface MissedPolicy {
  readonly policy: 'skip' | 'latest' | 'all';
  readonly withinMinutes?: number;
}

/** What a second run of one automation does while another is active. */
export type OverlapPolicy = 'skip' | 'queue' | 'cancel' | 'parallel';

export interface SessionLimits {
  readonly maxSteps: number;
  readonly timeoutSeconds: number;
  readonly toolTimeoutSeconds: number;
  readonly maxToolResultBytes: number;
  /** Calls of one run that leave the process, sub-agents included. */
  readonly maxRequests: number;
  /** Bytes that the model may put into those calls, all together. */
  readonly maxBytesOut: number;
  /** Consecutive failures that pause the automation; 0 = never. */
  readonly autoPauseAfter: number;
}

export const DEFAULT_LIMITS: SessionLimits = {
  maxSteps: 30,
  timeoutSeconds: 600,
  toolTimeoutSeconds: 60,
  maxToolResultBytes: 65_536,
  maxRequests: 100,
  maxBytesOut: 1_048_576,
  autoPauseAfter: 10,
};

export interface Budget {
  readonly perRunUsd?: number;
  readonly perRunTokens?: number;
  readonly per30DaysUsd?: number;
  readonly priceUnknown?: 'allow';
}

export interface RetryPolicy {
  /** Attempts in all, the first one included. */
  readonly attempts: number;
  readonly backoffSeconds: readonly number[];
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 2, backoffSeconds: [30, 120] };

/** The writes that an automation may make; `operations` undefined = what the connection's access file names. */
export interface WritePolicy {
  readonly maxPerRun?: number;
  /** `"[connection:]METHOD /path/{param}"` or a tool name. */
  readonly operations?: readonly string[];
}

/** Where a result, an alert goes. `options` is the target as written in the file, references unresolved. */
export interface Target {
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface DeliveryPolicy {
  readonly targets: readonly Target[];
  /** Jinja over `data` (top level) and `automation, timestamp, result, run`. */
  readonly template?: string;
  readonly when: 'always' | 'nonEmpty' | 'changed';
}

export type AlertInclusion = 'undeliverable' | 'missed' | 'blocked_config' | 'budget';

export interface AlertPolicy {
  /** Consecutive failures before the first alert. */
  readonly after: number;
  readonly cooldownMinutes: number;
  readonly targets: readonly Target[];
  readonly include: readonly AlertInclusion[];
  readonly recovery: boolean;
}

export const DEFAULT_ALERT = { after: 1, cooldownMinutes: 60, include: [], recovery: true } as const;

/**
 * The `webhookAuth` of a file with its preset already applied: the declarative shape of which presets are data.
 * `type` keeps the name that the file used, for messages and for presets with code (`twilio`, `hubspot`, handshakes).
 */
export interface WebhookAuth {
  readonly type: string;
  /** Several while rotating; for public-key schemes the public keys. Empty for `none`. */
  readonly secrets: readonly Reference[];
  /** Every other field of the file as written, to override the preset's. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The `webhook` object of a file: everything about intake that is not the signature. */
export interface WebhookSettings {
  readonly allowCIDRs: readonly string[];
  readonly filter?: unknown;
  readonly events?: readonly string[];
  readonly expect?: unknown;
  /** `body:<path>` | `header:<name>` | `sha256(body)`; undefined = the preset's own. */
  readonly dedupeKey?: string;
  readonly coalesce?: { readonly key: string; readonly quietSeconds: number; readonly maxSeconds: number };
  readonly respond: 'accept' | 'wait' | 'caller';
  readonly rate?: { readonly perMinute: number; readonly burst?: number };
  readonly maxBodyBytes: number;
  readonly publicUrl?: Reference;
  readonly promptFrom?: 'title';
  readonly env?: readonly string[];
}

/** What counts as done; computed by the runtime, never claimed by the model. */
export interface SuccessContract {
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly requires?: readonly { readonly tool: string; readonly status?: string }[];
  readonly evidence?: 'numbers-from-tools';
  readonly empty?: 'suppress' | 'fail';
}

/** One automation with every default applied. Its name is its identity: the file's name without extension. */
export interface Automation {
  readonly name: string;
  readonly title: string;
  readonly description?: string;
  readonly prompt: string;
  readonly file: string;
  /** SHA-256 of the file's bytes, lower hex. */
  readonly fileHash: string;
  /** SHA-256 over what decides when it fires (expression, zone, enabled): a change withdraws queued occurrences. */
  readonly scheduleHash: string;
  readonly format: 'json' | 'markdown';
  readonly trigger: TriggerType;
  readonly schedule?: Schedule;
  readonly missed: MissedPolicy;
  /** Undefined = by trigger: cron `skip`, webhook `parallel`, manual `queue`. */
  readonly overlap?: OverlapPolicy;
  readonly maxParallel: number;
  readonly webhookAuth?: WebhookAuth;
  readonly webhook: WebhookSettings;
  /** A name in `amodal.json` `models`, or a full model shape; undefined = `main`. */
  readonly model?: string | ModelSettings;
  /** Undefined = everything that the bundle has. */
  readonly tools?: readonly string[];
  readonly connections?: readonly string[];
  readonly skills?: readonly string[];
  readonly agents?: readonly string[];
  readonly limits: SessionLimits;
  readonly budget: Budget;
  readonly retry: RetryPolicy;
  readonly writeEnabled: boolean;
  readonly writes: WritePolicy;
  /** Whether a run that may write is shown documents that an outside event had a hand in; undefined = no. */
  readonly acceptUntrusted?: boolean;
  /** Connections of `egress: "public"` that runs on untrusted input may call all the same. */
  readonly allowEgress?: readonly string[];
  readonly delivery: DeliveryPolicy;
  readonly failureAlert?: AlertPolicy;
  readonly mode: 'workflow' | 'conversation';
  readonly success?: SuccessContract;
  /** Notes between runs; undefined = none. */
  readonly memory?: MemorySettings;
  /** False: the record of a run holds no prompts, messages, arguments or results; undefined = true. */
  readonly recordTraffic?: boolean;
  readonly enabled: boolean;
  readonly owner?: string;
  readonly tags: readonly string[];
}

/** A model as `amodal.json` names it; secrets stay references. */
export interface ModelSettings {
  readonly provider: 'anthropic' | 'openai' | 'google' | 'openai-compatible' | 'scripted';
  readonly model: string;
  readonly baseUrl?: Reference;
  readonly apiKey?: Reference;
  readonly maxOutputTokens?: number;
  /** USD per million tokens, for models that the price table does not know. */
  readonly price?: { readonly input: number; readonly output: number };
  readonly fallback?: ModelSettings;
}
