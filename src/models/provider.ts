import type { LanguageModel } from 'ai';
import type { ModelSettings } from '../domain/automation.ts';

/** The AI SDK's model object, without its shorthand by name. */
export type SdkModel = Exclude<LanguageModel, string>;

/** Where a model is and how requests prove who they are; secrets resolved, no trailing slash. */
export interface ProviderAccess {
  readonly model: string;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
}

/** One model provider. Nothing of it is loaded before `open`. */
export interface Provider {
  readonly name: Exclude<ModelSettings['provider'], 'scripted'>;
  /** The variable that holds the key when the file names none; undefined = a key is not needed. */
  readonly keyVariable?: string;
  /** Undefined = the file has to say it. */
  readonly baseUrl?: string;
  /** The provider's name in the price table; undefined = found by the base URL. */
  readonly priceTable?: string;
  /** Options that go with every request, by the SDK's namespace. */
  readonly options?: Readonly<Record<string, Readonly<Record<string, boolean | string>>>>;
  /** What to say about `strict` with each tool; undefined = nothing. */
  readonly strictTools?: false;
  open(access: ProviderAccess, fetch: typeof globalThis.fetch): Promise<SdkModel>;
}
