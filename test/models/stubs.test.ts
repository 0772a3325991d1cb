import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { jsonSchema, type LanguageModel, streamText } from 'ai';
import { describe, expect, it } from 'vitest';
import {
  anthropicStub,
  chatCompletionsStub,
  googleStub,
  responsesStub,
  type StubReply,
} from '../support/model-stubs.ts';

const PROVIDERS = [
  {
    name: 'chat completions',
    start: chatCompletionsStub,
    client: (baseURL: string) => createOpenAICompatible({ name: 'x', baseURL, includeUsage: true })('m'),
  },
  { name: 'responses', start: responsesStub, client: (baseURL: string) => createOpenAI({ baseURL, apiKey: 'k' })('m') },
  {
    name: 'messages',
    start: anthropicStub,
    client: (baseURL: string) => createAnthropic({ baseURL, apiKey: 'k' })('m'),
  },
  {
    name: 'generateContent',
    start: googleStub,
    client: (baseURL: string) => createGoogleGenerativeAI({ baseURL, apiKey: 'k' })('m'),
  },
];

const REPLY: StubReply = {
  text: 'Looking at Oslo.',
  toolCalls: [{ name: 'weather', input: { city: 'Oslo' } }],
  usage: { input: 30, output: 9 },
};

function stream(model: LanguageModel) {
  const tools = { weather: { inputSchema: jsonSchema({ type: 'object' }) } };
  return streamText({ model, prompt: 'Go.', tools, maxOutputTokens: 100, maxRetries: 0, onError: () => {} });
}

/** The kinds of parts that arrived, and whether the stream broke, as an error part or by a rejection. */
async function collect(parts: AsyncIterable<{ readonly type: string }>) {
  const types: string[] = [];
  try {
    for await (const { type } of parts) types.push(type);
  } catch {
    return { types, broken: true };
  }
  return { types, broken: types.includes('error') };
}

describe.each(PROVIDERS)('a stub of $name', ({ start, client }) => {
  it('streams text, calls, usage and the end to a client that asks for it', async () => {
    const stub = await start([REPLY]);
    const answer = stream(client(stub.baseUrl));
    expect(await answer.text).toBe('Looking at Oslo.');
    expect(await answer.toolCalls).toMatchObject([{ toolName: 'weather', input: { city: 'Oslo' } }]);
    expect(await answer.finishReason).toBe('tool-calls');
    expect(await answer.usage).toMatchObject({ inputTokens: 30, outputTokens: 9 });
    expect(stub.abandoned).toBe(0);
  });

  it('cuts a stream in the middle', async () => {
    const stub = await start([{ ...REPLY, cut: 'in-body' }]);
    const answer = stream(client(stub.baseUrl));
    const seen = await collect(answer.fullStream);
    expect(seen.broken).toBe(true);
    expect(seen.types).not.toContain('finish');
    await stub.until(({ open, abandoned }) => open === 0 && abandoned === 1);
  });

  it('plays a list by the turn of the conversation, after the failures, and counts every request', async () => {
    const stub = await start([{ text: 'one' }, { text: 'two' }], { failures: [{ status: 503, message: 'busy' }] });
    const ask = (content: string[]) =>
      streamText({
        model: client(stub.baseUrl),
        messages: content.map((text, at) => ({ role: at % 2 === 0 ? 'user' : 'assistant', content: text }) as const),
        maxOutputTokens: 100,
        maxRetries: 0,
        onError: () => {},
      });
    await expect(ask(['Go.']).text).rejects.toThrow();
    expect(await ask(['Go.']).text).toBe('one');
    expect(await ask(['Go.', 'one', 'On.']).text).toBe('two');
    expect(await ask(['Go.']).text).toBe('one');
    expect(stub.requests.map(({ turn }) => turn)).toEqual([0, 0, 1, 0]);
  });
});
