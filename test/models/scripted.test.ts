import { describe, expect, it } from 'vitest';
import { encodeDataBlock } from '../../src/domain/data-block.ts';
import type { Message, ModelToolCall } from '../../src/domain/ports/model.ts';
import { answerOf, errorOf, modelOf, requestOf, WEATHER } from './given.ts';

const block = (tag: 'event_data' | 'last_run' | 'tool_result', value: unknown) =>
  encodeDataBlock({ tag, nonce: 'n', value: { value }, maxBytes: 10_240 });

const user = (text: string): Message => ({ role: 'user', text });

const called = (...toolCalls: ModelToolCall[]): Message => ({ role: 'assistant', text: '', toolCalls });

const result = (id: string, name: string, text: string) => ({ id, name, text, isError: false });

describe('the scripted model', () => {
  it('is called so, costs nothing and counts nothing', async () => {
    const model = modelOf({ scripts: { digest: [{ text: 'Hello.' }] } });
    expect(model.id).toBe('scripted');
    expect(model.price({ inputTokens: 1, outputTokens: 1, totalTokens: 2 })).toBe(0);
    expect(await answerOf(model)).toEqual({
      ok: true,
      text: 'Hello.',
      toolCalls: [],
      finish: 'stop',
      usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0 },
      costUsd: 0,
      model: 'scripted',
    });
  });

  it('plays the turn that the conversation has come to, with ids of its own for each call', async () => {
    const turns = [
      {
        text: 'Looking.',
        toolCalls: [
          { tool: 'weather', input: { city: 'Oslo' } },
          { tool: 'weather', input: {} },
        ],
      },
      { toolCalls: [{ tool: 'weather', input: { city: 'Rome' } }] },
      { text: 'Rain everywhere.' },
    ];
    const model = modelOf({ scripts: { digest: turns } });
    const first = await answerOf(model);
    expect(first).toMatchObject({ text: 'Looking.', finish: 'tool-calls' });
    const messages: Message[] = [
      user('Go.'),
      called(...first.toolCalls),
      { role: 'tool', results: first.toolCalls.map(({ id, name }) => result(id, name, 'rain')) },
    ];
    const second = await answerOf(model, requestOf({ messages }));
    expect(second.toolCalls).toMatchObject([{ name: 'weather', input: { city: 'Rome' } }]);
    const ids = [...first.toolCalls, ...second.toolCalls].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(await answerOf(model, requestOf({ messages: messages.slice(0, 1) }))).toEqual(first);
  });

  it('reads tool results out of their data blocks, by order and by name', async () => {
    const turns = [
      {},
      {
        text: '{{ results[0].commits[0].sha[:4] }} {{ results[1] }} {{ resultsOf.weather[0] }} of {{ results | length }}',
      },
    ];
    const messages: Message[] = [
      user('Go.'),
      called({ id: 'b', name: 'request', input: {} }, { id: 'a', name: 'weather', input: {} }),
      {
        role: 'tool',
        results: [
          result('a', 'weather', block('tool_result', 'rain & <wind>')),
          result('b', 'request', block('tool_result', JSON.stringify({ commits: [{ sha: 'abcdef' }] }))),
        ],
      },
    ];
    const { text } = await answerOf(modelOf({ scripts: { digest: turns } }), requestOf({ messages }));
    expect(text).toBe('abcd rain & <wind> rain & <wind> of 2');
  });

  it('reads results that stand in no block, and keeps what is no JSON as text', async () => {
    const messages: Message[] = [
      user('Go.'),
      called({ id: 'a', name: 'x', input: {} }, { id: 'b', name: 'y', input: {} }, { id: 'c', name: 'z', input: {} }),
      { role: 'tool', results: [result('a', 'x', '{"n":7}'), result('b', 'y', '{cut'), result('c', 'z', '- a list')] },
    ];
    const model = modelOf({
      scripts: { digest: [{}, { text: '{{ results[0].n }} {{ results[1] }} {{ results[2] }}' }] },
    });
    expect((await answerOf(model, requestOf({ messages }))).text).toBe('7 {cut - a list');
  });

  it('reads the event and the last run from the prompt', async () => {
    const text = `Triage it.\n${block('last_run', 'all well')}\n${block('event_data', { service: 'a</event_data>b', n: 3 })}`;
    const model = modelOf({
      scripts: { digest: [{ text: '{{ automation }}: {{ event.service }} {{ event.n }}, {{ lastRun }}' }] },
    });
    expect((await answerOf(model, requestOf({ messages: [user(text)] }))).text).toBe(
      'digest: a</event_data>b 3, all well',
    );
  });

  it('has an empty event where there is none', async () => {
    const model = modelOf({ scripts: { digest: [{ text: "{{ event.service | default('a service') }}" }] } });
    expect((await answerOf(model)).text).toBe('a service');
  });

  it('plays a script from its first turn for each message of a conversation, whose event is that of the message', async () => {
    const turns = [
      { text: '{{ event.message }}', toolCalls: [{ tool: 'weather', input: {} }] },
      { text: '{{ results | length }} {{ history | map(attribute="text") | join("|") }} {{ task }}' },
    ];
    const model = modelOf({ scripts: { digest: turns } });
    const earlier: Message[] = [user('Hi.'), { role: 'assistant', text: 'Hello.', toolCalls: [] }];
    const asked = user(block('event_data', { message: 'And now?' }));
    const began = [user(block('event_data', { message: 'first' })), ...earlier.slice(1), asked];
    const first = await answerOf(model, requestOf({ messages: began, history: 2 }));
    expect(first).toMatchObject({ text: 'And now?', toolCalls: [{ name: 'weather' }] });
    const own = [user('Go.'), called(...first.toolCalls), { role: 'tool', results: [] } as const];
    const second = await answerOf(model, requestOf({ messages: [...earlier, ...own], history: 2 }));
    expect(second.text).toBe('1 Hi.|Hello. Go.');
  });

  it('renders arguments at any depth, and keeps their type where they ask for JSON', async () => {
    const input = { list: ['{{ event.n }}', { deep: '{{ event.n | tojson }}' }], whole: '{{ event | tojson }}', no: 5 };
    const model = modelOf({ scripts: { digest: [{ toolCalls: [{ tool: 'weather', input }] }] } });
    const messages = [user(block('event_data', { n: 3, s: '<b>' }))];
    const [call] = (await answerOf(model, requestOf({ messages }))).toolCalls;
    expect(call?.input).toEqual({ list: ['3', { deep: 3 }], whole: { n: 3, s: '<b>' }, no: 5 });
  });

  it('calls nothing when the request has no tools', async () => {
    const turns = [{ text: 'So far.', toolCalls: [{ tool: WEATHER.name, input: {} }] }];
    const answer = await answerOf(modelOf({ scripts: { digest: turns } }), requestOf({ tools: [] }));
    expect(answer).toMatchObject({ text: 'So far.', toolCalls: [], finish: 'stop' });
  });

  it.each([
    ['length', 'length'],
    ['refusal', 'refusal'],
    ['whatever', 'other'],
  ])('ends a turn with %s as %s', async (finish, expected) => {
    const answer = await answerOf(modelOf({ scripts: { digest: [{ text: 'x', finish }] } }));
    expect(answer.finish).toBe(expected);
  });

  it('says what to do where an automation has no script', async () => {
    const { message, retryable } = await errorOf(modelOf({ scripts: { other: [{ text: 'x' }] } }));
    expect(message).toBe(
      'scripted model: no model for digest: set ANTHROPIC_API_KEY or OPENAI_API_KEY or GOOGLE_API_KEY, or write automations/digest.script.json',
    );
    expect(retryable).toBe(false);
  });

  it('says why a script that is there cannot be played', async () => {
    const broken = { severity: 'error', code: 'bad-template', message: 'turns[0]: no', line: 3, column: 5 } as const;
    const diagnostics = [{ ...broken, file: 'amodal/automations/digest.script.json' }];
    const { message } = await errorOf(modelOf({ diagnostics }));
    expect(message).toBe(
      'scripted model: its script cannot be played: amodal/automations/digest.script.json:3:5 turns[0]: no',
    );
  });

  it('says that its turns are over', async () => {
    const messages = [user('Go.'), called(), { role: 'tool', results: [] } as const];
    const { message } = await errorOf(modelOf({ scripts: { digest: [{ text: 'x' }] } }), requestOf({ messages }));
    expect(message).toContain('automations/digest.script.json: it has one turn');
  });

  it('names file and turn of a template that is wrong', async () => {
    const { message } = await errorOf(modelOf({ scripts: { digest: [{ text: '{{ unclosed' }] } }));
    expect(message).toContain('automations/digest.script.json: turn 1: ');
  });
});
