import type { ModelAnswer, ModelRequest, ModelToolCall } from '../domain/ports/model.ts';
import { finishReasonOf } from './finish-reason.ts';
import type { PricedUsage } from './prices.ts';
import type { SdkStep } from './sdk-step.ts';

export interface AnswerOptions {
  readonly request: ModelRequest;
  readonly model: string;
  readonly price: (usage: PricedUsage) => number | null;
}

/** A step as the session takes it: each call under an id of its own, every end mapped, unknown usage without a price. */
export function toAnswer(step: SdkStep, { request, model, price }: AnswerOptions): Extract<ModelAnswer, { ok: true }> {
  const toolCalls = toolCallsOf(step, request);
  const usage = usageOf(step);
  return {
    ok: true,
    text: step.text,
    toolCalls,
    finish: finishReasonOf({
      unified: step.finishReason,
      raw: step.rawFinishReason,
      body: step.response.body,
      hasCalls: toolCalls.length > 0,
    }),
    usage: { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, totalTokens: usage.totalTokens },
    costUsd: step.usage.inputTokens === undefined || step.usage.outputTokens === undefined ? null : price(usage),
    model,
  };
}

function toolCallsOf(step: SdkStep, request: ModelRequest): ModelToolCall[] {
  const taken = new Set(request.messages.flatMap((message) => (message.role === 'assistant' ? idsOf(message) : [])));
  return step.content
    .filter((part) => part.type === 'tool-call')
    .filter((part) => !part.providerExecuted)
    .map((part) => ({
      id: freeId(part.toolCallId, taken),
      name: part.toolName,
      input: part.input,
      ...providerDataOf(part.providerMetadata),
    }));
}

/** Some servers number calls from 0 in each turn; results and the record are kept by id, so each gets its own. */
function freeId(id: string, taken: Set<string>): string {
  const base = id === '' ? 'call' : id;
  let free = base;
  for (let count = 2; taken.has(free); count++) free = `${base}-${count}`;
  taken.add(free);
  return free;
}

/** Google's thought signatures have to come back with their calls; ids of other providers' stored items must not. */
function providerDataOf(metadata: Readonly<Record<string, unknown>> | undefined) {
  return metadata?.google === undefined ? {} : { providerData: { google: metadata.google } };
}

function idsOf(message: { readonly toolCalls: readonly ModelToolCall[] }): string[] {
  return message.toolCalls.map(({ id }) => id);
}

function usageOf({ usage }: SdkStep): PricedUsage {
  const { inputTokens = 0, outputTokens = 0, totalTokens = inputTokens + outputTokens } = usage;
  const { cacheReadTokens, cacheWriteTokens } = usage.inputTokenDetails;
  return {
    inputTokens,
    outputTokens,
    totalTokens,
    ...(cacheReadTokens === undefined ? {} : { cacheReadTokens }),
    ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
  };
}
