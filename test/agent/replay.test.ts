import { describe, expect, it } from 'vitest';
import type { Tool } from '../../src/domain/ports/tool.ts';
import type { RecordedAnswer, Replay } from '../../src/domain/replay.ts';
import { stubServer } from '../support/stub-server.ts';
import { call, endpoint, type Turn, tokens, world } from './session-world.ts';

const GET = call('request', { connection: 'acme', method: 'GET', endpoint: '/items' });
const POST = call('request', { connection: 'acme', method: 'POST', endpoint: '/items', data: { a: 1 } });

function replay(mode: Replay['mode'], more: Partial<Replay> = {}): Replay {
  return {
    mode,
    prompt: 'What was asked then.',
    traffic: { turns: [], end: { error: 'over' } },
    untrusted: false,
    ...more,
  };
}

/** Recorded turns: each its calls with their answers, the last one the text. */
function traffic(
  ...turns: readonly (string | readonly (readonly [typeof GET, RecordedAnswer?])[])[]
): Replay['traffic'] {
  return {
    turns: turns.map((turn) => ({
      text: typeof turn === 'string' ? turn : '',
      finish: typeof turn === 'string' ? 'stop' : 'tool-calls',
      model: 'old/model',
      usage: tokens(100, 10),
      costUsd: 0.5,
      calls:
        typeof turn === 'string'
          ? []
          : turn.map(([{ id, name, input }, answer]) => ({ id, tool: name, input, ...(answer ? { answer } : {}) })),
    })),
    end: { reason: 'timeout', error: 'it took too long' },
  };
}

const made = (text: string, more: Partial<RecordedAnswer> = {}): RecordedAnswer => ({
  type: 'made',
  ok: true,
  text,
  ...more,
});

const WRITING = { writeEnabled: true, writes: { operations: ['POST /items'] } };

describe('a replay', () => {
  it('asks the model with the old prompt, to the letter', async () => {
    const session = world({ script: [{ text: 'ok' }], automation: { prompt: '{{ broken' }, replay: replay('live') });
    expect((await session.run()).outcome).toMatchObject({ type: 'succeeded' });
    expect(session.requests[0]?.messages).toEqual([{ role: 'user', text: 'What was asked then.' }]);
    expect(session.transcript[0]).toMatchObject({ type: 'prompt', content: { replay: 'live' } });
  });

  it('puts the event into today’s prompt where the old run had none', async () => {
    const { prompt: _, ...rest } = replay('live');
    const session = world({ script: [{ text: 'ok' }], event: { body: '{"a":1}' }, replay: rest });
    await session.run();
    expect(session.requests[0]?.messages[0]).toMatchObject({ text: expect.stringContaining('Do the work.') });
    expect(session.requests[0]?.messages[0]).toMatchObject({ text: expect.stringContaining('{"a":1}') });
  });

  it('is as untrusted as what the old run had read', async () => {
    const store = { name: 'notes', automationWritable: true };
    const script: Turn[] = [{ toolCalls: [call('store_notes_put', { id: 'a' })] }, { text: 'ok' }];
    const session = world({ script, stores: [store], replay: replay('live', { untrusted: true }) });
    await session.run();
    const document = await (await session.database).getDocument('notes', 'a', session.clock.now());
    expect(document?.origin).toBe('untrusted');
  });
});

describe('a safe replay', () => {
  it('reads for real; writes of connections, stores and notes are shown and never made', async () => {
    const stub = await stubServer(() => ({ body: '{"n":1}' }));
    const session = world({
      script: [
        {
          toolCalls: [GET, POST, call('store_notes_put', { id: 'a' }), call('memory_write', { key: 'k', text: 'v' })],
        },
        { text: 'ok' },
      ],
      connections: [{ baseUrl: stub.url, endpoints: [endpoint('POST /items')] }],
      stores: [{ name: 'notes', automationWritable: true }],
      automation: { ...WRITING, memory: { enabled: true, automationWritable: true, maxBytes: 1_000 } },
      replay: replay('safe'),
    });
    const { outcome, figures } = await session.run();
    expect(outcome).toMatchObject({ type: 'succeeded' });
    expect(figures.writesSent).toBe(0);
    expect(stub.requests.map(({ method }) => method)).toEqual(['GET']);
    expect(session.audit.filter(({ action }) => action.startsWith('write.'))).toEqual([]);
    const rows = await session.database;
    expect(await rows.getDocument('notes', 'a', session.clock.now())).toBeUndefined();
    expect(await rows.listNotes('digest')).toEqual([]);
    const shown = session.transcript.filter(({ type }) => type === 'write.captured').map(({ content }) => content);
    expect(shown).toMatchObject([
      { operation: 'acme:POST /items', input: POST.input },
      { operation: 'store_notes_put', input: { id: 'a' } },
      { operation: 'memory_write', input: { key: 'k', text: 'v' } },
    ]);
    expect(session.results().map(({ isError }) => isError)).toEqual([false, false, false, false]);
    expect(session.results()[1]?.value).toMatchObject({ captured: true });
  });

  it('counts the writes that it shows: the gate refuses what the run could not have written', async () => {
    const session = world({
      script: [{ toolCalls: [POST, { ...POST, id: 'again' }] }, { text: 'ok' }],
      connections: [{ endpoints: [endpoint('POST /items')] }],
      automation: { ...WRITING, writes: { ...WRITING.writes, maxPerRun: 1 } },
      replay: replay('safe'),
    });
    expect((await session.run()).figures.refusals).toBe(1);
    expect(session.transcript.filter(({ type }) => type === 'write.captured')).toHaveLength(1);
  });

  it('takes a shown write as made where the file requires the call', async () => {
    const success = { requires: [{ tool: 'request', status: '2xx' }] };
    const session = world({
      script: [{ toolCalls: [POST] }, { text: 'ok' }],
      connections: [{ endpoints: [endpoint('POST /items')] }],
      automation: { ...WRITING, success },
      replay: replay('safe'),
    });
    expect((await session.run()).outcome).toMatchObject({ type: 'succeeded' });
  });
});

describe('an offline replay', () => {
  it('asks neither the model nor any upstream, and opens no server', async () => {
    const stub = await stubServer();
    let opened = 0;
    const session = world({
      script: [],
      connections: [
        { baseUrl: stub.url, endpoints: [endpoint('POST /items')] },
        { name: 'files', protocol: 'mcp' },
      ],
      automation: WRITING,
      openTools: async () => {
        opened += 1;
        return [] as Tool[];
      },
      replay: replay('offline', {
        traffic: traffic(
          [
            [GET, made('{"n":7}', { status: 200, effect: 'read' })],
            [POST, made('made', { status: 201, effect: 'write' })],
            [call('files_search', { q: 'x' }), made('found', { effect: 'read' })],
          ],
          'There are 7.',
        ),
      }),
    });
    const { outcome, figures } = await session.run();
    expect(outcome).toMatchObject({ type: 'succeeded', result: 'There are 7.' });
    expect(figures).toMatchObject({ usage: { totalTokens: 0 }, costUsd: 0, writesSent: 0, steps: 2, toolCalls: 3 });
    expect(session.requests).toEqual([]);
    expect(stub.requests).toEqual([]);
    expect(opened).toBe(0);
    const lines = session.transcript.filter(({ type }) => type === 'tool.result').map(({ content }) => content);
    expect(lines).toMatchObject([
      { text: '{"n":7}', status: 200, replayed: true },
      { text: 'made', captured: true, replayed: true },
      { text: 'found', replayed: true },
    ]);
    expect(session.transcript.filter(({ type }) => type === 'write.captured')).toHaveLength(1);
  });

  it('runs no sub-agent: what it did is the recorded answer of dispatch', async () => {
    const dispatch = call('dispatch', { task: 'Look', prompt: 'around' });
    const recorded = traffic([[dispatch, made('seen', { effect: 'read' })]], 'ok');
    const session = world({ script: [], replay: replay('offline', { traffic: recorded }) });
    expect((await session.run()).outcome).toMatchObject({ type: 'succeeded' });
    expect(session.requests).toEqual([]);
    const lines = session.transcript.filter(({ type }) => type === 'tool.result').map(({ content }) => content);
    expect(lines).toMatchObject([{ tool: 'dispatch', text: 'seen', replayed: true }]);
  });

  it('costs nothing in the sums of what was spent', async () => {
    const session = world({ script: [], replay: replay('offline', { traffic: traffic('ok') }) });
    await session.run();
    expect(session.transcript.find(({ type }) => type === 'usage')?.content).toMatchObject({
      replayed: true,
      costUsd: 0.5,
    });
    const sums = await (await session.database).sumSpend({ by: 'model', since: 0, until: session.clock.now() + 1 });
    expect(sums).toEqual([]);
  });

  it('is judged by the gate of today, and has no answer to what was refused then', async () => {
    const turns = traffic([[POST, made('made')]], [[GET, { type: 'refused', ok: false, text: 'no' }]], [[GET]], 'ok');
    const session = world({
      script: [],
      connections: [{}],
      replay: replay('offline', { traffic: turns }),
    });
    expect((await session.run()).figures.refusals).toBe(1);
    const texts = session.transcript.filter(({ type }) => type === 'tool.result').map(({ content }) => content.text);
    expect(texts).toEqual([
      'it was refused when this was recorded, so there is no answer: no',
      'no answer to this call was recorded',
    ]);
  });

  it('ends where its record ends, for the reason that the old run had', async () => {
    const session = world({
      script: [],
      connections: [{}],
      replay: replay('offline', { traffic: traffic([[GET, made('{}')]]) }),
    });
    expect((await session.run()).outcome).toMatchObject({ reason: 'timeout', error: 'it took too long' });
  });

  it('is stopped by the budget where the old run would have been', async () => {
    const session = world({
      script: [],
      connections: [{}],
      automation: { budget: { perRunUsd: 0.6 } },
      price: ({ totalTokens }) => totalTokens / 100,
      replay: replay('offline', { traffic: traffic([[GET, made('{}')]], 'partly') }),
    });
    expect((await session.run()).outcome).toMatchObject({ reason: 'budget', partial: 'partly' });
  });

  it('answers twice the same', async () => {
    const given = { traffic: traffic([[GET, made('{"n":1}')]], 'ok') };
    const runs = await Promise.all(
      [1, 2].map(async () => {
        const session = world({ script: [], connections: [{}], replay: replay('offline', given) });
        const { outcome } = await session.run();
        const lines = session.transcript.map(({ type, content: { durationMs: _, ...content } }) => ({ type, content }));
        return JSON.stringify([outcome, lines]);
      }),
    );
    expect(runs[0]).toBe(runs[1]);
  });
});

describe('a record without traffic', () => {
  it('keeps what was decided, and nothing of what was said', async () => {
    const stub = await stubServer(() => ({ body: '"answer-words"' }));
    const session = world({
      script: [{ text: 'model-words', toolCalls: [GET, POST] }, { text: 'result-words' }],
      connections: [{ baseUrl: stub.url }],
      automation: { prompt: 'prompt-words', recordTraffic: false },
      event: { body: '{"a":"event-words"}' },
    });
    expect((await session.run()).outcome).toMatchObject({ result: 'result-words' });
    const record = JSON.stringify(session.transcript);
    for (const words of ['model-words', 'prompt-words', 'event-words', 'answer-words', 'result-words']) {
      expect(record).not.toContain(words);
    }
    const types = session.transcript.map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['prompt', 'agent.message', 'usage', 'tool.call', 'tool.result', 'tool.refused']),
    );
    expect(session.transcript[0]?.content).toMatchObject({ recorded: false, model: 'test/model' });
    expect(session.transcript.find(({ type }) => type === 'tool.result')?.content).toMatchObject({
      tool: 'request',
      ok: true,
      operation: 'acme:GET /items',
    });
  });
});
