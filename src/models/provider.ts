import type { LanguageModelV3 } from '@ai-sdk/provider';
import type { ModelSettings } from '../domain/automation.ts';

/** A model object of the AI SDK's providers. */
export type SdkModel = LanguageModelV3;

/** Makes the client of one model. */
export type OpenModel = (access: ProviderAccess, fetch: typeof globalThis.fetch) => SdkModel;

/** Where a model is and how requests prove who they are; secrets resolved, no trailing slash. */
export interface ProviderAccess {
  readonly model: string;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
}

/** One model provider. Nothing of it is there before `load`. */
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
  /** Imports the provider's code. */
  load(): Promise<OpenModel>;
}
