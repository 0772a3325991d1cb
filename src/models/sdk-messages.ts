import type { AssistantModelMessage, ModelMessage, ToolModelMessage } from 'ai';
import type { Message, ModelToolCall } from '../domain/ports/model.ts';

type AssistantContent = Exclude<AssistantModelMessage['content'], string>;
type ProviderOptions = NonNullable<AssistantModelMessage['providerOptions']>;

const ILLEGAL_IN_NAME = /[^a-zA-Z0-9_-]/g;
const LONGEST_NAME = 64;

/** Our messages as the SDK takes them; what a provider would refuse in a repeated call is made harmless. */
export function toSdkMessages(messages: readonly Message[]): ModelMessage[] {
  return messages.map(toSdkMessage);
}

function toSdkMessage(message: Message): ModelMessage {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: message.text };
    case 'assistant':
      return { role: 'assistant', content: assistantContent(message.text, message.toolCalls) };
    case 'tool':
      return { role: 'tool', content: message.results.map(toolResult) };
  }
}

function assistantContent(text: string, calls: readonly ModelToolCall[]): AssistantContent {
  const said: AssistantContent = text === '' ? [] : [{ type: 'text', text }];
  const called: AssistantContent = calls.map(({ id, name, input, providerData }) => ({
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
}) {
  return {
    type: 'tool-result',
    toolCallId: result.id,
    toolName: nameToRepeat(result.name),
    output: { type: result.isError ? 'error-text' : 'text', value: result.text },
  } satisfies ToolModelMessage['content'][number];
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
