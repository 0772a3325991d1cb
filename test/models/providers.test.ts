import { describe, expect, it } from 'vitest';
import type { ModelSettings } from '../../src/domain/automation.ts';
import type { FinishReason } from '../../src/domain/ports/model.ts';
import {
  anthropicStub,
  chatCompletionsStub,
  googleStub,
  type ModelStubRequest,
  responsesStub,
} from '../support/model-stubs.ts';
import { answerOf, errorOf, modelOf, requestOf, SECOND_TURN } from './given.ts';

interface Case {
  readonly provider: Exclude<ModelSettings['provider'], 'scripted'>;
  readonly start: typeof anthropicStub;
  readonly path: string;
  readonly key: (request: ModelStubRequest) => unknown;
  readonly system: (request: ModelStubRequest) => unknown;
  readonly tools: (request: ModelStubRequest) => unknown;
  readonly maxOutputTokens: (request: ModelStubRequest) => unknown;
  /** The two tool results of `SECOND_TURN` as they stand on the wire, by call. */
  readonly results: (request: ModelStubRequest) => readonly string[];
  readonly finishes: Readonly<Record<string, FinishReason>>;
}

const CASES: readonly Case[] = [
  {
    provider: 'openai-compatible',
    start: chatCompletionsStub,
    path: '/v1/chat/completions',
    key: ({ headers }) => headers.authorization?.slice('Bearer '.length),
    system: ({ body }) => body.messages[0].content,
    tools: ({ body }) => body.tools?.map((tool: { function: { name: string } }) => tool.function.name),
    maxOutputTokens: ({ body }) => body.max_tokens,
    results: ({ body }) =>
      body.messages
        .filter((message: { role: string }) => message.role === 'tool')
        .map((message: { tool_call_id: string; content: string }) => `${message.tool_call_id}=${message.content}`),
    finishes: { stop: 'stop', length: 'length', content_filter: 'content-filter', eos: 'other', '': 'other' },
  },
  {
    provider: 'openai',
    start: responsesStub,
    path: '/v1/responses',
    key: ({ headers }) => headers.authorization?.slice('Bearer '.length),
    system: ({ body }) => body.input[0].content,
    tools: ({ body }) => body.tools?.map((tool: { name: string }) => tool.name),
    maxOutputTokens: ({ body }) => body.max_output_tokens,
    results: ({ body }) =>
      body.input
        .filter((item: { type: string }) => item.type === 'function_call_output')
        .map((item: { call_id: string; output: string }) => `${item.call_id}=${item.output}`),
    finishes: {
      max_output_tokens: 'length',
      content_filter: 'content-filter',
      max_naps: 'other',
      failed: 'error',
      cancelled: 'error',
      in_progress: 'error',
    },
  },
  {
    provider: 'anthropic',
    start: anthropicStub,
    path: '/v1/messages',
    key: ({ headers }) => headers['x-api-key'],
    system: ({ body }) => body.system[0].text,
    tools: ({ body }) => body.tools?.map((tool: { name: string }) => tool.name),
    maxOutputTokens: ({ body }) => body.max_tokens,
    results: ({ body }) =>
      body.messages
        .at(-1)
        .content.map((part: { tool_use_id: string; content: string }) => `${part.tool_use_id}=${part.content}`),
    finishes: {
      end_turn: 'stop',
      max_tokens: 'length',
      model_context_window_exceeded: 'length',
      refusal: 'refusal',
      pause_turn: 'other',
      compaction: 'other',
      something_new: 'other',
    },
  },
  {
    provider: 'google',
    start: googleStub,
    path: '/v1beta/models/some-model:generateContent',
    key: ({ headers }) => headers['x-goog-api-key'],
    system: ({ body }) => body.systemInstruction.parts[0].text,
    tools: ({ body }) => body.tools?.[0].functionDeclarations.map((tool: { name: string }) => tool.name),
    maxOutputTokens: ({ body }) => body.generationConfig.maxOutputTokens,
    results: ({ body }) => {
      const parts = body.contents.at(-1).parts as { functionResponse: { response: { content: string } } }[];
      return ['call_b', 'call_a'].map((id, at) => `${id}=${parts[at]?.functionResponse.response.content}`);
    },
    finishes: {
      STOP: 'stop',
      MAX_TOKENS: 'length',
      SAFETY: 'content-filter',
      RECITATION: 'content-filter',
      MALFORMED_FUNCTION_CALL: 'error',
      OTHER: 'other',
      SOMETHING_NEW: 'other',
    },
  },
];

describe.each(CASES)('$provider', (provider) => {
  const settings = (baseUrl: string, more: Partial<ModelSettings> = {}): ModelSettings => ({
    provider: provider.provider,
    model: 'some-model',
    baseUrl,
    apiKey: 'env:SOME_KEY',
    ...more,
  });
  const start = async (...script: Parameters<typeof provider.start>) => {
    const stub = await provider.start(...script);
    return { stub, model: modelOf({ variables: { SOME_KEY: 'key-123456' } }, settings(stub.baseUrl)) };
  };

  it('sends system, prompt, tools, key and the cap of the answer to its own path', async () => {
    const { stub, model } = await start([{ text: 'Sunny.' }]);
    expect(await answerOf(model)).toMatchObject({ text: 'Sunny.', toolCalls: [], finish: 'stop' });
    const [request] = stub.requests;
    expect(stub.requests).toHaveLength(1);
    expect(request?.path).toBe(provider.path);
    expect(provider.key(request!)).toBe('key-123456');
    expect(provider.system(request!)).toBe('You are an agent.');
    expect(provider.tools(request!)).toEqual(['weather']);
    expect(provider.maxOutputTokens(request!)).toBe(1000);
    expect(JSON.stringify(request?.body)).toContain('How is the weather?');
  });

  it('keeps to the smaller cap of the file', async () => {
    const stub = await provider.start([{ text: 'Sunny.' }]);
    const given = { variables: { SOME_KEY: 'key-123456' } };
    const model = modelOf(given, settings(stub.baseUrl, { maxOutputTokens: 64 }));
    expect(model.maxOutputTokens).toBe(64);
    await answerOf(model);
    expect(provider.maxOutputTokens(stub.requests[0]!)).toBe(64);
  });

  it('leaves the tools out of a turn without tools', async () => {
    const { stub, model } = await start([{ text: 'Done.' }]);
    await answerOf(model, requestOf({ tools: [] }));
    expect(stub.requests[0]?.body.tools).toBeUndefined();
    expect(stub.requests[0]?.body.tool_choice).toBeUndefined();
    expect(stub.requests[0]?.body.toolConfig).toBeUndefined();
  });

  it('hands over calls with text, usage and the name of the model', async () => {
    const { model } = await start([
      {
        text: 'I will look.',
        toolCalls: [
          { name: 'weather', input: { city: 'Oslo' } },
          { name: 'weather', input: { city: 'Rome' } },
        ],
        usage: { input: 100, output: 20 },
      },
    ]);
    const answer = await answerOf(model);
    expect(answer).toMatchObject({
      text: 'I will look.',
      finish: 'tool-calls',
      usage: { inputTokens: 100, outputTokens: 20, totalTokens: 120 },
      costUsd: null,
      model: `${provider.provider}/some-model`,
    });
    expect(answer.toolCalls).toMatchObject([
      { name: 'weather', input: { city: 'Oslo' } },
      { name: 'weather', input: { city: 'Rome' } },
    ]);
    expect(new Set(answer.toolCalls.map(({ id }) => id)).size).toBe(2);
  });

  it('gives each call its result back, also for arguments that were no JSON', async () => {
    const { stub, model } = await start(() => ({ text: 'It rains.' }));
    await answerOf(model, SECOND_TURN);
    expect([...provider.results(stub.requests[0]!)].sort()).toEqual(['call_a=rain', 'call_b=these are not arguments']);
    expect(stub.requests[0]?.turn).toBe(1);
  });

  it('asks for no execution: calls to __proto__, constructor and unknown tools come back once each', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'unknown_tool'];
    const { stub, model } = await start([{ toolCalls: names.map((name) => ({ name, input: { a: 1 } })) }]);
    const answer = await answerOf(model);
    expect(answer.toolCalls.map(({ name }) => name)).toEqual(names);
    expect(answer.toolCalls.map(({ input }) => input)).toEqual(names.map(() => ({ a: 1 })));
    expect(new Set(answer.toolCalls.map(({ id }) => id)).size).toBe(names.length);
    expect(stub.requests).toHaveLength(1);
  });

  it.each(Object.entries(provider.finishes))('maps the end %o to %s', async (finish, expected) => {
    const { model } = await start([{ text: 'So far.', finish }]);
    expect((await answerOf(model)).finish).toBe(expected);
  });

  it('keeps the words and the status of a refusal to serve', async () => {
    const { stub, model } = await start([{ status: 401, message: 'invalid key, see the console' }]);
    expect(await errorOf(model)).toEqual({
      message: `${provider.provider}/some-model answered 401: invalid key, see the console`,
      httpStatus: 401,
      retryable: false,
    });
    expect(stub.requests).toHaveLength(1);
  });
});

describe('openai', () => {
  const openai = (baseUrl: string) =>
    modelOf({ variables: { OPENAI_API_KEY: 'k' } }, { provider: 'openai', model: 'gpt-5.4', baseUrl });

  it('has nothing stored at the provider', async () => {
    const stub = await responsesStub([{ text: 'Hi.' }]);
    await answerOf(openai(stub.baseUrl));
    expect(stub.requests[0]?.body.store).toBe(false);
  });

  it('leaves optional arguments optional', async () => {
    const stub = await responsesStub([{ text: 'Hi.' }]);
    await answerOf(openai(stub.baseUrl));
    expect(stub.requests[0]?.body.tools[0].strict).toBe(false);
  });

  it('tells a refusal from an answer', async () => {
    const stub = await responsesStub([{ refusal: 'I will not.' }]);
    expect(await answerOf(openai(stub.baseUrl))).toMatchObject({ finish: 'refusal', text: 'I will not.' });
  });
});

describe('openai-compatible', () => {
  const compatible = (baseUrl: string) => modelOf({}, { provider: 'openai-compatible', model: 'm', baseUrl });

  it('needs no key and sends none', async () => {
    const stub = await chatCompletionsStub([{ text: 'Hi.' }]);
    await answerOf(compatible(stub.baseUrl));
    expect(stub.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('takes calls under finish "stop" for calls, and "tool_calls" without calls for no success', async () => {
    const stub = await chatCompletionsStub([{ toolCalls: [{ name: 'weather' }], finish: 'stop' }]);
    expect((await answerOf(compatible(stub.baseUrl))).finish).toBe('tool-calls');
    const other = await chatCompletionsStub([{ text: 'Calling.', finish: 'tool_calls' }]);
    expect((await answerOf(compatible(other.baseUrl))).finish).toBe('other');
  });

  it('keeps a cut answer with calls a cut answer', async () => {
    const stub = await chatCompletionsStub([{ toolCalls: [{ name: 'weather', arguments: '{"ci' }], finish: 'length' }]);
    expect(await answerOf(compatible(stub.baseUrl))).toMatchObject({
      finish: 'length',
      toolCalls: [{ name: 'weather', input: '{"ci' }],
    });
  });

  it('tells a refusal beside an empty content from an answer', async () => {
    const stub = await chatCompletionsStub([{ refusal: 'I will not.' }]);
    expect((await answerOf(compatible(stub.baseUrl))).finish).toBe('refusal');
  });

  it('keeps arguments that are no JSON, or that would reach a prototype, as text', async () => {
    const broken = ['{"city":', '{"__proto__":{"a":1}}', 'Oslo'];
    const stub = await chatCompletionsStub([
      { toolCalls: broken.map((text) => ({ name: 'weather', arguments: text })) },
    ]);
    const answer = await answerOf(compatible(stub.baseUrl));
    expect(answer.toolCalls.map(({ input }) => input)).toEqual(broken);
  });

  it('takes a call without arguments for one with none', async () => {
    const stub = await chatCompletionsStub([{ toolCalls: [{ name: 'weather', arguments: ' ' }] }]);
    expect((await answerOf(compatible(stub.baseUrl))).toolCalls.map(({ input }) => input)).toEqual([{}]);
  });

  it('gives calls with the same id, or with one of an earlier turn, ids of their own', async () => {
    const twice = { name: 'weather', input: { city: 'Oslo' } };
    const stub = await chatCompletionsStub(() => ({
      toolCalls: [
        { ...twice, id: 'call_a' },
        { ...twice, id: 'call_a' },
        { ...twice, id: '' },
      ],
    }));
    const answer = await answerOf(compatible(stub.baseUrl), SECOND_TURN);
    expect(answer.toolCalls.map(({ id }) => id)).toEqual(['call_a-2', 'call_a-3', 'call']);
  });

  it('repeats an impossible tool name in a form that servers take', async () => {
    const stub = await chatCompletionsStub(() => ({ text: 'Hi.' }));
    const call = { id: 'c', name: 'shell.run("x")', input: {} };
    await answerOf(
      compatible(stub.baseUrl),
      requestOf({
        messages: [
          { role: 'user', text: 'Go.' },
          { role: 'assistant', text: '', toolCalls: [call] },
          { role: 'tool', results: [{ id: 'c', name: call.name, text: 'no such tool', isError: true }] },
        ],
      }),
    );
    expect(stub.requests[0]?.body.messages[2].tool_calls[0].function.name).toBe('shell_run__x__');
  });

  it('knows no cost where the server tells no usage', async () => {
    const stub = await chatCompletionsStub([{ text: 'Hi.', usage: null }]);
    const settings = {
      provider: 'openai-compatible',
      model: 'm',
      baseUrl: stub.baseUrl,
      price: { input: 1, output: 1 },
    } as const;
    expect(await answerOf(modelOf({}, settings))).toMatchObject({
      usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0 },
      costUsd: null,
    });
  });
});

describe('google', () => {
  const google = (baseUrl: string) =>
    modelOf({ variables: { GOOGLE_API_KEY: 'k' } }, { provider: 'google', model: 'gemini-3.5-flash', baseUrl });

  it('sends thought signatures back with their calls', async () => {
    const stub = await googleStub([
      { toolCalls: [{ name: 'weather', input: { city: 'Oslo' }, signature: 'c2lnbmVk' }] },
      { text: 'Rain.' },
    ]);
    const model = google(stub.baseUrl);
    const { toolCalls } = await answerOf(model);
    const [call] = toolCalls;
    const messages = [
      ...requestOf().messages,
      { role: 'assistant', text: '', toolCalls } as const,
      { role: 'tool', results: [{ id: call!.id, name: 'weather', text: 'rain', isError: false }] } as const,
    ];
    await answerOf(model, requestOf({ messages }));
    expect(stub.requests[1]?.body.contents[1].parts[0]).toMatchObject({
      functionCall: { name: 'weather', args: { city: 'Oslo' } },
      thoughtSignature: 'c2lnbmVk',
    });
  });

  it('takes a blocked prompt for filtered content', async () => {
    const stub = await googleStub([{ body: JSON.stringify({ promptFeedback: { blockReason: 'SAFETY' } }) }]);
    expect(await answerOf(google(stub.baseUrl))).toMatchObject({ finish: 'content-filter', text: '' });
  });
});
