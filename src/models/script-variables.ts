import { type DataTag, decodeDataBlock } from '../domain/data-block.ts';
import type { Message } from '../domain/ports/model.ts';

/** What the strings of a script may use, read from the conversation alone. */
export interface ScriptVariables extends Readonly<Record<string, unknown>> {
  readonly automation: string;
  /** The payload of the event block; `{}` when there is none. */
  readonly event: unknown;
  readonly lastRun: unknown;
  /** What the conversation began with; of a sub-agent, its task. */
  readonly task: string;
  /** Every tool result so far, in the order of the calls; JSON is parsed. */
  readonly results: readonly unknown[];
  /** The same, by the tool's name. */
  readonly resultsOf: Readonly<Record<string, readonly unknown[]>>;
  /** What was said before in the conversation, oldest first; empty outside of one. */
  readonly history: readonly { readonly role: 'user' | 'assistant'; readonly text: string }[];
}

/** Reads the event and the tool results back out of the run's own messages, as any model would have to. */
export function scriptVariables(
  automation: string,
  messages: readonly Message[],
  earlier: readonly Message[] = [],
): ScriptVariables {
  const results = resultsIn(messages);
  const resultsOf: Record<string, unknown[]> = Object.create(null);
  for (const { name, value } of results) {
    resultsOf[name] ??= [];
    resultsOf[name].push(value);
  }
  return {
    automation,
    event: blockOf('event_data', messages) ?? {},
    lastRun: blockOf('last_run', messages) ?? {},
    task: firstText(messages),
    results: results.map(({ value }) => value),
    resultsOf: { ...resultsOf },
    history: earlier.flatMap((message) =>
      message.role === 'tool' ? [] : [{ role: message.role, text: message.text }],
    ),
  };
}

function firstText([first]: readonly Message[]): string {
  return first?.role === 'user' ? first.text : '';
}

interface NamedResult {
  readonly name: string;
  readonly value: unknown;
}

/** Answers may stand in any order; the calls of the message before say which was first. */
function resultsIn(messages: readonly Message[]): NamedResult[] {
  const texts = new Map<string, string>();
  for (const message of messages) {
    if (message.role === 'tool') for (const { id, text } of message.results) texts.set(id, text);
  }
  const calls = messages.flatMap((message) => (message.role === 'assistant' ? message.toolCalls : []));
  return calls.map(({ id, name }) => ({ name, value: resultValue(texts.get(id) ?? '') }));
}

function resultValue(text: string): unknown {
  const block = decodeDataBlock(text);
  const value = block === undefined ? text : block.value;
  return typeof value === 'string' ? parsed(value) : value;
}

function blockOf(tag: DataTag, messages: readonly Message[]): unknown {
  for (const message of messages) {
    const start = message.role === 'user' ? message.text.indexOf(`<${tag}`) : -1;
    const block = message.role === 'user' && start >= 0 ? decodeDataBlock(message.text.slice(start)) : undefined;
    if (block?.tag === tag) return block.value;
  }
  return undefined;
}

function parsed(text: string): unknown {
  if (!/^\s*[[{"\d-]|^\s*(true|false|null)\s*$/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
