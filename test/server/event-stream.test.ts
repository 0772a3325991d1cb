import { describe, expect, it } from 'vitest';
import type { NewTranscriptEntry } from '../../src/domain/transcript.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createRemoteOperations } from '../../src/server/index.ts';
import { readEventStream, type ServerSentEvent } from '../../src/server/read-event-stream.ts';
import { madeAutomation } from '../support/made-bundle.ts';
import { stubServer } from '../support/stub-server.ts';
import { claim, serverWorld, settle, TOKEN } from './world.ts';

const said = (text: string): NewTranscriptEntry => ({ type: 'agent.message', content: { text } });

async function runningWorld() {
  const world = await serverWorld({ automations: [madeAutomation({ name: 'digest' })] });
  const { run } = await world.remote.triggerAutomation('digest', { by: 'test' });
  const claimed = await claim(world.database, world.clock, run);
  const say = (text: string) =>
    world.database.appendTranscript(run, claimed.run.fence, [said(text)], world.clock.now());
  return { ...world, run, claimed, say };
}

async function collect(response: Response, until = Number.POSITIVE_INFINITY) {
  const events: ServerSentEvent[] = [];
  if (!response.body) return events;
  for await (const event of readEventStream(response.body)) {
    events.push(event);
    if (events.length >= until) break;
  }
  return events;
}

describe('the stream of a run', () => {
  it('tells what is there, then what comes, and closes at the end', async () => {
    const { api, run, claimed, say, database, clock } = await runningWorld();
    await say('one');
    const response = await api(`/api/runs/${run}/stream`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = collect(response);
    await say('two');
    await settle(database, clock, claimed);
    const told = await events;
    expect(
      told.filter(({ event }) => event === 'agent.message').map(({ data }) => JSON.parse(data).content.text),
    ).toEqual(['one', 'two']);
    expect(told.at(-2)?.event).toBe('session.status_closed');
    expect(told.at(-1)?.event).toBe('end');
    const ids = told.flatMap(({ id }) => (id === undefined ? [] : [Number(id)]));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('goes on after the last event that a client saw', async () => {
    const { api, run, claimed, say, database, clock } = await runningWorld();
    for (const text of ['one', 'two', 'three']) await say(text);
    await settle(database, clock, claimed);
    const all = await collect(await api(`/api/runs/${run}/stream`));
    const seen = all.find(({ data }) => data.includes('"two"'));
    const rest = await collect(await api(`/api/runs/${run}/stream`, { headers: { 'last-event-id': seen?.id ?? '' } }));
    expect(rest).toEqual(all.slice(all.indexOf(seen ?? all[0]!) + 1));
  });

  it('answers 204 to a client that has heard everything', async () => {
    const { api, run, claimed, database, clock } = await runningWorld();
    await settle(database, clock, claimed);
    const all = await collect(await api(`/api/runs/${run}/stream`));
    const last = all.at(-2)?.id ?? '';
    expect((await api(`/api/runs/${run}/stream`, { headers: { 'last-event-id': last } })).status).toBe(204);
  });

  it('gives many listeners the same events', async () => {
    const { api, run, claimed, say, database, clock } = await runningWorld();
    const listeners = await Promise.all(Array.from({ length: 20 }, () => api(`/api/runs/${run}/stream`)));
    const told = Promise.all(listeners.map((response) => collect(response)));
    await say('to all');
    await settle(database, clock, claimed);
    const texts = (await told).map((events) => JSON.stringify(events));
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toContain('to all');
  });

  it('ends when the server stops', async () => {
    const { api, run, say, close } = await runningWorld();
    await say('one');
    const response = await api(`/api/runs/${run}/stream`);
    const [events] = await Promise.all([collect(response), close()]);
    expect(events.map(({ event }) => event)).not.toContain('end');
  });
});

describe('the events of a run', () => {
  it('are a page, of one type if asked', async () => {
    const { api, run, say } = await runningWorld();
    for (const text of ['one', 'two', 'three']) await say(text);
    const page = async (query: string) => (await api(`/api/runs/${run}/events?${query}`)).json();
    expect(await page('event_type=agent.message&limit=2')).toMatchObject({
      count: 2,
      events: [{ type: 'agent.message', content: { text: 'one' } }, { content: { text: 'two' } }],
    });
    expect(await page('event_type=nothing')).toEqual({ count: 0, events: [] });
  });
});

describe('following from afar', () => {
  it('opens a stream that broke again, without a gap and without a double', async () => {
    const { run, claimed, say, database, clock, url } = await runningWorld();
    for (const text of ['one', 'two', 'three']) await say(text);
    await settle(database, clock, claimed);
    const whole = await (
      await fetch(`${url}/api/runs/${run}/stream`, { headers: { authorization: `Bearer ${TOKEN}` } })
    ).text();
    const blocks = whole.split('\n\n');
    const breaking = await stubServer(async (request) => {
      const after = new URL(request.url, 'http://x').searchParams.get('after');
      const from = after === null ? 0 : blocks.findIndex((block) => block.includes(`id: ${after}`)) + 1;
      const body =
        after === null || from < blocks.length - 3
          ? `${blocks.slice(from, from + 2).join('\n\n')}\n\nid: 99\ndata: {"cut`
          : blocks.slice(from).join('\n\n');
      return { headers: { 'content-type': 'text/event-stream' }, body };
    });
    const remote = createRemoteOperations({ url: breaking.url, token: TOKEN, clock });
    const direct = createRemoteOperations({ url, token: TOKEN, clock });
    const follow = async (operations: typeof remote) => {
      const events = [];
      for await (const event of operations.followRun(run, { signal: new AbortController().signal })) events.push(event);
      return events;
    };
    expect(await follow(remote)).toEqual(await follow(direct));
    expect(breaking.requests.length).toBeGreaterThan(1);
  });

  it('says in a sentence that nobody answers', async () => {
    const remote = createRemoteOperations({ url: 'http://127.0.0.1:1', clock: systemClock });
    await expect(remote.listAutomations()).rejects.toThrow(/No amodal server answers at http:\/\/127\.0\.0\.1:1/);
  });
});
