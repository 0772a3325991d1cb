import { generateText, jsonSchema, type ToolSet } from 'ai';
import type { ModelRequest, ToolDefinition } from '../domain/ports/model.ts';
import type { Provider, SdkModel } from './provider.ts';
import { toSdkMessages } from './sdk-messages.ts';

// The SDK prints warnings on stdout, which belongs to data; they come back in the result instead.
globalThis.AI_SDK_LOG_WARNINGS ??= false;

/** What one request to a provider came to, in the SDK's words. */
export type SdkStep = Awaited<ReturnType<typeof generateStep>>;

export interface StepOptions {
  readonly provider: Pick<Provider, 'options' | 'strictTools'>;
  readonly maxOutputTokens: number;
  readonly signal: AbortSignal;
}

/** One request to a provider: no tool is run here, nothing is retried. Rejects with the SDK's errors. */
export function generateStep(
  model: SdkModel,
  request: ModelRequest,
  { provider, maxOutputTokens, signal }: StepOptions,
) {
  return generateText({
    model,
    system: request.system,
    messages: toSdkMessages(request.messages),
    // A choice of `none` would still send the tools, so a turn without tools has none at all.
    ...(request.tools.length === 0 ? {} : { tools: toSdkTools(request.tools, provider) }),
    ...(provider.options === undefined ? {} : { providerOptions: provider.options }),
    maxOutputTokens,
    maxRetries: 0,
    abortSignal: signal,
  });
}

/** Without a prototype: a call to `constructor` finds nothing there. */
function toSdkTools(tools: readonly ToolDefinition[], { strictTools }: StepOptions['provider']): ToolSet {
  const strict = strictTools === undefined ? {} : { strict: strictTools };
  const set: ToolSet = Object.create(null);
  for (const { name, description, inputSchema } of tools) {
    set[name] = { description, inputSchema: jsonSchema(inputSchema), ...strict };
  }
  return set;
}
