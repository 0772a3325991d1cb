import type { LanguageModelV3Message } from '@ai-sdk/provider';
import type { Message, ModelToolCall } from '../domain/ports/model.ts';

type Assistant = Extract<LanguageModelV3Message, { role: 'assistant' }>;
type AssistantPart = Assistant['content'][number];
type ToolPart = Extract<LanguageModelV3Message, { role: 'tool' }>['content'][number];
type ProviderOptions = NonNullable<Assistant['providerOptions']>;

const ILLEGAL_IN_NAME = /[^a-zA-Z0-9_-]/g;
const LONGEST_NAME = 64;

/** Our messages as the SDK's providers take them; what one would refuse in a repeated call is made harmless. */
export function toSdkMessages(messages: readonly Message[]): LanguageModelV3Message[] {
  return messages.map(toSdkMessage);
}

function toSdkMessage(message: Message): LanguageModelV3Message {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: [{ type: 'text', text: message.text }] };
    case 'assistant':
      return { role: 'assistant', content: assistantContent(message.text, message.toolCalls) };
    case 'tool':
      return { role: 'tool', content: message.results.map(toolResult) };
  }
}

function assistantContent(text: string, calls: readonly ModelToolCall[]): AssistantPart[] {
  const said: AssistantPart[] = text === '' ? [] : [{ type: 'text', text }];
  const called: AssistantPart[] = calls.map(({ id, name, input, providerData }) => ({
    type: 'tool-call',
    toolCallId: id,
    toolName: nameToRepeat(name),
    input: inputToRepeat(input),
    ...(providerData === undefined ? {} : { providerOptions: providerData as ProviderOptions }),
  }));
  return [...said, ...called];
}

function toolResult(result: {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly isError: boolean;
}): ToolPart {
  return {
    type: 'tool-result',
    toolCallId: result.id,
    toolName: nameToRepeat(result.name),
    output: { type: result.isError ? 'error-text' : 'text', value: result.text },
  };
}

/** Providers refuse a whole conversation for one odd tool name, also one that the model made up itself. */
function nameToRepeat(name: string): string {
  return name.replace(ILLEGAL_IN_NAME, '_').slice(0, LONGEST_NAME) || '_';
}

/** Arguments go back as an object: providers refuse anything else, and some models send it. */
function inputToRepeat(input: unknown): unknown {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  return isObject ? input : { unparsed: input ?? null };
}
