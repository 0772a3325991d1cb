import type { ModelSettings } from '../domain/automation.ts';

/** Anthropic's models when the file names none and `ANTHROPIC_API_KEY` is set. */
export const DEFAULT_ANTHROPIC_MODEL = 'claude-sonnet-5';
export const DEFAULT_ANTHROPIC_SIMPLE_MODEL = 'claude-haiku-4-5';

/** OpenAI's models when the file names none and `OPENAI_API_KEY` is set. */
export const DEFAULT_OPENAI_MODEL = 'gpt-5.4';
export const DEFAULT_OPENAI_SIMPLE_MODEL = 'gpt-5.4-mini';

/** Google's models when the file names none and `GOOGLE_API_KEY` is set. */
export const DEFAULT_GOOGLE_MODEL = 'gemini-3.5-flash';
export const DEFAULT_GOOGLE_SIMPLE_MODEL = 'gemini-3.5-flash-lite';

/** A key that picks a model by being set, and the models that it picks. */
export interface KeyedDefault {
  readonly variable: string;
  readonly main: ModelSettings;
  readonly simple: ModelSettings;
}

/** The keys that are looked for, in this order, when no model is configured. */
export const KEYED_DEFAULTS: readonly KeyedDefault[] = [
  {
    variable: 'ANTHROPIC_API_KEY',
    main: { provider: 'anthropic', model: DEFAULT_ANTHROPIC_MODEL },
    simple: { provider: 'anthropic', model: DEFAULT_ANTHROPIC_SIMPLE_MODEL },
  },
  {
    variable: 'OPENAI_API_KEY',
    main: { provider: 'openai', model: DEFAULT_OPENAI_MODEL },
    simple: { provider: 'openai', model: DEFAULT_OPENAI_SIMPLE_MODEL },
  },
  {
    variable: 'GOOGLE_API_KEY',
    main: { provider: 'google', model: DEFAULT_GOOGLE_MODEL },
    simple: { provider: 'google', model: DEFAULT_GOOGLE_SIMPLE_MODEL },
  },
];

/** What plays when there is neither a model nor a key. */
export const SCRIPTED: ModelSettings = { provider: 'scripted', model: 'scripted' };
