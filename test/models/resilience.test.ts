import { describe, expect, it } from 'vitest';
import type { ModelSettings } from '../../src/domain/automation.ts';
import { AmodalError } from '../../src/domain/error.ts';
import { FakeClock } from '../support/fake-clock.ts';
import {
  anthropicStub,
  chatCompletionsStub,
  googleStub,
  responsesStub,
  type StubReply,
} from '../support/model-stubs.ts';
import { stubServer } from '../support/stub-server.ts';
import { answerOf, ask, errorOf, modelOf, requestOf } from './given.ts';

/** A clock on which waiting takes no time, and that tells what was waited for. */
class PatientClock extends FakeClock {
  readonly waits: number[] = [];

  override async sleep(ms: number): Promise<void> {
    this.waits.push(ms);
    await this.advance(ms);
  }
}

const compatible = (baseUrl: string, more: Partial<ModelSettings> = {}): ModelSettings => ({
  provider: 'openai-compatible',
  model: 'm',
  baseUrl,
  ...more,
});

async function startFailing(...failures: StubReply[]) {
  const clock = new PatientClock();
  const stub = await chatCompletionsStub([{ text: 'At last.' }], { failures });
  return { clock, stub, model: modelOf({ clock }, compatible(stub.baseUrl)) };
}

describe('a provider that has trouble', () => {
  it.each([408, 425, 429, 500, 502, 503, 504, 529])('is asked again after %i', async (status) => {
    const { clock, stub, model } = await startFailing({ status, message: 'busy' });
    expect((await answerOf(model)).text).toBe('At last.');
    expect(stub.requests).toHaveLength(2);
    expect(clock.waits).toEqual([1000]);
  });

  it.each([400, 401, 403, 404, 413, 422])('is not asked again after %i', async (status) => {
    const { clock, stub, model } = await startFailing({ status, message: 'no' });
    expect(await errorOf(model)).toMatchObject({ httpStatus: status, retryable: false });
    expect(stub.requests).toHaveLength(1);
    expect(clock.waits).toEqual([]);
  });

  it.each<StubReply['cut'] & string>(['before-headers', 'in-body'])(
    'is asked again when its answer is cut %s',
    async (cut) => {
      const { stub, model } = await startFailing({ text: 'At f', cut });
      expect((await answerOf(model)).text).toBe('At last.');
      expect(stub.requests).toHaveLength(2);
    },
  );

  it('is asked again when the JSON of its answer ends in the middle', async () => {
    const { stub, model } = await startFailing({ body: '{"choices":[{"message":{"content":"At f' });
    expect((await answerOf(model)).text).toBe('At last.');
    expect(stub.requests).toHaveLength(2);
  });

  it('is given up after four requests, with growing pauses and its last words', async () => {
    const overload = { status: 529, message: 'overloaded, come back later' };
    const clock = new PatientClock();
    const stub = await anthropicStub(() => overload);
    const model = modelOf(
      { clock, variables: { ANTHROPIC_API_KEY: 'k' } },
      { provider: 'anthropic', model: 'c', baseUrl: stub.baseUrl },
    );
    expect(await errorOf(model)).toEqual({
      message: 'anthropic/c answered 529: overloaded, come back later',
      httpStatus: 529,
      retryable: true,
    });
    expect(stub.requests).toHaveLength(4);
    expect(clock.waits).toEqual([1000, 4000, 16_000]);
  });

  it('is waited for as long as it asks, in seconds, milliseconds, a date or in the body', async () => {
    const now = Date.UTC(2026, 0, 5, 9, 0, 0);
    const { clock, model } = await startFailing(
      { status: 429, headers: { 'retry-after': '30' } },
      { status: 503, headers: { 'retry-after': new Date(now + 30_000 + 12_000).toUTCString() } },
      { status: 429, headers: { 'retry-after-ms': '20500' } },
    );
    await answerOf(model);
    expect(clock.waits).toEqual([30_000, 12_000, 20_500]);
    const gemini = new PatientClock();
    const details = { error: { code: 429, message: 'quota', status: 'X', details: [{ retryDelay: '17.5s' }] } };
    const stub = await googleStub([{ text: 'Hi.' }], { failures: [{ status: 429, body: JSON.stringify(details) }] });
    const settings = { provider: 'google', model: 'g', baseUrl: stub.baseUrl } as const;
    await answerOf(modelOf({ clock: gemini, variables: { GOOGLE_API_KEY: 'k' } }, settings));
    expect(gemini.waits).toEqual([17_500]);
  });

  it('is not waited for when it asks for more than a minute', async () => {
    const { clock, stub, model } = await startFailing({ status: 429, headers: { 'retry-after': '3600' } });
    expect(await errorOf(model)).toMatchObject({ httpStatus: 429, retryable: true, retryAfterSeconds: 3600 });
    expect(stub.requests).toHaveLength(1);
    expect(clock.waits).toEqual([]);
  });

  it('that is not there is told as such, and may come back', async () => {
    const gone = await stubServer();
    await gone.close();
    const clock = new PatientClock();
    const error = await errorOf(modelOf({ clock }, compatible(gone.url)));
    expect(error.retryable).toBe(true);
    expect(error.httpStatus).toBeUndefined();
    expect(error.message).toContain('openai-compatible/m could not be reached');
    expect(error.message).toContain('ECONNREFUSED');
    expect(clock.waits).toHaveLength(3);
  });

  it('that answers in no protocol is shown by the beginning of its words', async () => {
    const page = `<html><title>Bad gateway of the office</title>${'x'.repeat(2000)}</html>`;
    const { model } = await startFailing({ status: 404, body: page });
    const { message } = await errorOf(model);
    expect(message).toContain('answered 404');
    expect(message).toContain('Bad gateway of the office');
    expect(message.length).toBeLessThan(700);
  });

  it('never has half of a secret in its shortened words', async () => {
    const secret = 'k'.repeat(40);
    for (const length of [470, 490, 1980]) {
      const stub = await chatCompletionsStub(() => ({ status: 400, body: `${'x'.repeat(length)}${secret} and so on` }));
      const { message } = await errorOf(modelOf({ variables: { KEY: secret } }, compatible(stub.baseUrl)));
      expect(message).not.toContain('kk');
    }
  });

  it('that answers 200 with an error inside is neither success nor asked again', async () => {
    const { stub, model } = await startFailing({ body: JSON.stringify({ error: { message: 'no such deployment' } }) });
    const error = await errorOf(model);
    expect(error).toMatchObject({ httpStatus: 200, retryable: false });
    expect(error.message).toContain('no such deployment');
    expect(stub.requests).toHaveLength(1);
  });

  it('at an address that the network room refuses is not asked again', async () => {
    const clock = new PatientClock();
    const refusal = new AmodalError('forbidden', 'address 169.254.169.254 is not allowed');
    const fetch = async () => {
      throw new TypeError('fetch failed', { cause: refusal });
    };
    const error = await errorOf(modelOf({ clock, fetch }, compatible('http://metadata.internal/v1')));
    expect(error).toEqual({
      message: 'openai-compatible/m: address 169.254.169.254 is not allowed',
      retryable: false,
    });
    expect(clock.waits).toEqual([]);
  });
});

describe('a fallback', () => {
  it('answers when the first model has used up its retries, under its own name and price', async () => {
    const clock = new PatientClock();
    const first = await responsesStub(() => ({ status: 500, message: 'down' }));
    const second = await anthropicStub([{ text: 'I am here.', usage: { input: 1_000_000, output: 0 } }]);
    const model = modelOf(
      { clock, variables: { OPENAI_API_KEY: 'o', ANTHROPIC_API_KEY: 'a' } },
      {
        provider: 'openai',
        model: 'gpt-5.4',
        baseUrl: first.baseUrl,
        fallback: { provider: 'anthropic', model: 'other', baseUrl: second.baseUrl, price: { input: 7, output: 0 } },
      },
    );
    expect(model.id).toBe('openai/gpt-5.4');
    expect(await answerOf(model)).toMatchObject({ text: 'I am here.', model: 'anthropic/other', costUsd: 7 });
    expect(first.requests).toHaveLength(4);
    expect(second.requests).toHaveLength(1);
  });

  it('is asked first for a minute, then the first model has its turn again', async () => {
    const clock = new PatientClock();
    const first = await chatCompletionsStub([{ text: 'First.' }], { failures: [{ status: 401, message: 'no' }] });
    const second = await chatCompletionsStub([{ text: 'Second.' }]);
    const model = modelOf({ clock }, compatible(first.baseUrl, { fallback: compatible(second.baseUrl) }));
    expect((await answerOf(model)).text).toBe('Second.');
    expect((await answerOf(model)).text).toBe('Second.');
    expect(first.requests).toHaveLength(1);
    await clock.advance(60_000);
    expect((await answerOf(model)).text).toBe('First.');
  });

  it('that fails too leaves the words of both', async () => {
    const first = await chatCompletionsStub(() => ({ status: 401, message: 'key one is wrong' }));
    const second = await chatCompletionsStub(() => ({ status: 403, message: 'key two is wrong' }));
    const model = modelOf({}, compatible(first.baseUrl, { fallback: compatible(second.baseUrl) }));
    const { message, httpStatus } = await errorOf(model);
    expect(message).toContain('key one is wrong');
    expect(message).toContain('key two is wrong');
    expect(httpStatus).toBe(403);
  });

  it('may have a fallback of its own, and may stand in for a model without a key', async () => {
    const third = await chatCompletionsStub([{ text: 'Third.' }]);
    const second = await chatCompletionsStub(() => ({ status: 404, message: 'gone' }));
    const fallback = compatible(second.baseUrl, { fallback: compatible(third.baseUrl) });
    expect((await answerOf(modelOf({}, { provider: 'openai', model: 'gpt', fallback }))).text).toBe('Third.');
  });
});

describe('a run that is stopped', () => {
  it('in the middle of a request leaves none open and sends no other', async () => {
    const stub = await chatCompletionsStub([{ waitFor: 'forever' }]);
    const spare = await chatCompletionsStub([{ text: 'No.' }]);
    const stop = new AbortController();
    const answer = ask(
      modelOf({}, compatible(stub.baseUrl, { fallback: compatible(spare.baseUrl) })),
      requestOf(),
      stop.signal,
    );
    await stub.until(({ requests }) => requests.length === 1);
    stop.abort();
    expect(await answer).toMatchObject({ ok: false, error: { retryable: false } });
    await stub.until(({ open, abandoned }) => open === 0 && abandoned === 1);
    expect(stub.requests).toHaveLength(1);
    expect(spare.requests).toHaveLength(0);
  });

  it('during a pause does not ask again', async () => {
    const clock = new FakeClock();
    const stub = await chatCompletionsStub(() => ({ status: 503, message: 'busy' }));
    const stop = new AbortController();
    const sleeping = new Promise<void>((resolve) => {
      const sleep = clock.sleep.bind(clock);
      clock.sleep = (ms, signal) => {
        resolve();
        return sleep(ms, signal);
      };
    });
    const answer = ask(modelOf({ clock }, compatible(stub.baseUrl)), requestOf(), stop.signal);
    await sleeping;
    stop.abort();
    expect((await answer).ok).toBe(false);
    expect(stub.requests).toHaveLength(1);
  });

  it('before it asked sends nothing', async () => {
    const stub = await chatCompletionsStub([{ text: 'No.' }]);
    const answer = await ask(modelOf({}, compatible(stub.baseUrl)), requestOf(), AbortSignal.abort());
    expect(answer).toMatchObject({ ok: false, error: { retryable: false } });
    expect(stub.requests).toHaveLength(0);
  });
});
