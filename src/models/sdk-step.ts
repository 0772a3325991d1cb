import type { LanguageModelV3FunctionTool, LanguageModelV3GenerateResult } from '@ai-sdk/provider';
import type { ModelRequest, ToolDefinition } from '../domain/ports/model.ts';
import type { Provider, SdkModel } from './provider.ts';
import { toSdkMessages } from './sdk-messages.ts';

/** What one request to a provider came to, in the SDK's words. */
export type SdkStep = LanguageModelV3GenerateResult;

export interface StepOptions {
  readonly provider: Pick<Provider, 'options' | 'strictTools'>;
  readonly maxOutputTokens: number;
  readonly signal: AbortSignal;
}

/**
 * One request to a provider: no tool is run here, nothing is retried. Rejects with the SDK's errors. The provider is
 * asked itself: `generateText` checks the whole conversation again at each step and takes several times its CPU.
 */
export async function generateStep(
  model: SdkModel,
  { system, messages, tools }: ModelRequest,
  { provider, maxOutputTokens, signal }: StepOptions,
): Promise<SdkStep> {
  return model.doGenerate({
    prompt: [{ role: 'system', content: system }, ...toSdkMessages(messages)],
    // A choice of `none` would still send the tools, so a turn without tools has none at all.
    ...(tools.length === 0 ? {} : { tools: toSdkTools(tools, provider), toolChoice: { type: 'auto' } }),
    ...(provider.options === undefined ? {} : { providerOptions: provider.options }),
    maxOutputTokens,
    abortSignal: signal,
  });
}

function toSdkTools(
  tools: readonly ToolDefinition[],
  { strictTools: strict }: StepOptions['provider'],
): LanguageModelV3FunctionTool[] {
  return tools.map(({ name, description, inputSchema }) => ({
    type: 'function',
    name,
    description,
    inputSchema,
    ...(strict === undefined ? {} : { strict }),
  }));
}
