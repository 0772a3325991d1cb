import type { Provider } from '../provider.ts';
import { anthropic } from './anthropic.ts';
import { google } from './google.ts';
import { openai } from './openai.ts';
import { openaiCompatible } from './openai-compatible.ts';

/** Every provider of real models; one file each. */
export const PROVIDERS: readonly Provider[] = [anthropic, openai, google, openaiCompatible];
