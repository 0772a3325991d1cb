import type { LanguageModelV3ToolCall } from '@ai-sdk/provider';
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
export async function toAnswer(
  step: SdkStep,
  { request, model, price }: AnswerOptions,
): Promise<Extract<ModelAnswer, { ok: true }>> {
  const { content, finishReason, usage: told, response } = step;
  const toolCalls = await toolCallsOf(step, request);
  const usage = usageOf(step);
  return {
    ok: true,
    text: content.map((part) => (part.type === 'text' ? part.text : '')).join(''),
    toolCalls,
    finish: finishReasonOf({
      unified: finishReason.unified,
      raw: finishReason.raw,
      body: response?.body,
      hasCalls: toolCalls.length > 0,
    }),
    usage: { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, totalTokens: usage.totalTokens },
    costUsd: told.inputTokens.total === undefined || told.outputTokens.total === undefined ? null : price(usage),
    model,
  };
}

async function toolCallsOf({ content }: SdkStep, request: ModelRequest): Promise<ModelToolCall[]> {
  const taken = new Set(request.messages.flatMap((message) => (message.role === 'assistant' ? idsOf(message) : [])));
  const calls = content.filter((part) => part.type === 'tool-call').filter((part) => !part.providerExecuted);
  return Promise.all(
    calls.map(async (call) => ({
      id: freeId(call.toolCallId, taken),
      name: call.toolName,
      input: await inputOf(call),
      ...providerDataOf(call.providerMetadata),
    })),
  );
}

/** The arguments; no text stands for none, and what is no JSON, or has keys that JavaScript gives a meaning, stays text. */
async function inputOf({ input: text }: LanguageModelV3ToolCall): Promise<unknown> {
  if (text.trim() === '') return {};
  // Every provider has it loaded by now.
  const { safeParseJSON } = await import('@ai-sdk/provider-utils');
  const parsed = await safeParseJSON({ text });
  return parsed.success ? parsed.value : text;
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
  const { total: inputTokens = 0, cacheRead, cacheWrite } = usage.inputTokens;
  const { total: outputTokens = 0 } = usage.outputTokens;
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    ...(cacheRead === undefined ? {} : { cacheReadTokens: cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWriteTokens: cacheWrite }),
  };
}
