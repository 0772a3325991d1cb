import type { Usage } from '../run.ts';

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export interface ModelToolCall {
  readonly id: string;
  readonly name: string;
  /** Parsed arguments, not yet validated; a string when the model's JSON did not parse. */
  readonly input: unknown;
  /** What the provider wants back with this call in later turns (a thought signature); opaque, handed on unchanged. */
  readonly providerData?: Readonly<Record<string, unknown>>;
}

export type Message =
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly toolCalls: readonly ModelToolCall[] }
  /** One answer per call id of the assistant message before it, in any order. */
  | {
      readonly role: 'tool';
      readonly results: readonly {
        readonly id: string;
        readonly name: string;
        readonly text: string;
        readonly isError: boolean;
      }[];
    };

export interface ModelRequest {
  readonly system: string;
  readonly messages: readonly Message[];
  /** How many of `messages`, from the first, are earlier turns of a conversation; undefined = none. */
  readonly history?: number;
  /** Empty for the final turn of a spent budget: then the request carries no tools at all. */
  readonly tools: readonly ToolDefinition[];
  readonly maxOutputTokens: number;
}

/** Why the model stopped; `other` covers everything unknown and never counts as success. */
export type FinishReason = 'stop' | 'tool-calls' | 'length' | 'content-filter' | 'refusal' | 'error' | 'other';

export type ModelAnswer =
  | {
      readonly ok: true;
      readonly text: string;
      readonly toolCalls: readonly ModelToolCall[];
      readonly finish: FinishReason;
      readonly usage: Usage;
      /** Null when the price is unknown. */
      readonly costUsd: number | null;
      /** `provider/model` that answered (a fallback may have). */
      readonly model: string;
    }
  | { readonly ok: false; readonly error: ModelError };

/** The provider's words (before redaction), its status if it answered at all. */
export interface ModelError {
  readonly message: string;
  readonly httpStatus?: number;
  readonly retryable: boolean;
  readonly retryAfterSeconds?: number;
}

/** One language model; one `generate` is one step. Never throws but for our own mistakes; honours the signal. */
export interface Model {
  /** `provider/model`. */
  readonly id: string;
  /** Most output tokens of one answer as the file says it; undefined = the session's own default. */
  readonly maxOutputTokens?: number;
  generate(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer>;
  /** Dollars for that many tokens, or null when the price is unknown. */
  price(usage: Usage): number | null;
}
