import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ModelSettings } from '../../src/domain/automation.ts';
import { describeModel } from '../../src/models/index.ts';
import { anthropicStub, chatCompletionsStub, responsesStub } from '../support/model-stubs.ts';
import { answerOf, bundleOf, errorOf, modelOf } from './given.ts';

const OLLAMA: ModelSettings = { provider: 'openai-compatible', model: 'llama', baseUrl: 'http://127.0.0.1:1/v1' };
const CLAUDE: ModelSettings = { provider: 'anthropic', model: 'claude-opus-5' };

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the model of an automation', () => {
  it("is the automation's own, whatever the bundle says", () => {
    const bundle = bundleOf({ models: { main: CLAUDE } });
    expect(describeModel(bundle, { model: OLLAMA })).toEqual({
      id: 'openai-compatible/llama',
      reason: 'the automation names it',
    });
  });

  it('is the one that its name stands for in amodal.json', () => {
    const bundle = bundleOf({ models: { main: CLAUDE, simple: OLLAMA } });
    expect(describeModel(bundle, { model: 'simple' }).id).toBe('openai-compatible/llama');
  });

  it('is main when it names none, and when there is no simple one', () => {
    const bundle = bundleOf({ models: { main: OLLAMA } });
    expect(describeModel(bundle)).toEqual({ id: 'openai-compatible/llama', reason: 'models.main of amodal.json' });
    expect(describeModel(bundle, { model: 'simple' }).id).toBe('openai-compatible/llama');
  });

  it.each([
    ['ANTHROPIC_API_KEY', /^anthropic\//],
    ['OPENAI_API_KEY', /^openai\//],
    ['GOOGLE_API_KEY', /^google\//],
  ])('is picked by %s when nothing is configured', (variable, id) => {
    const bundle = bundleOf({ variables: { [variable]: 'key' } });
    expect(describeModel(bundle)).toEqual({ id: expect.stringMatching(id), reason: `${variable} is set` });
    expect(describeModel(bundle, { model: 'simple' }).id).not.toBe(describeModel(bundle).id);
  });

  it('is scripted without a model and without a key, and says so', () => {
    expect(describeModel(bundleOf())).toEqual({
      id: 'scripted',
      reason: 'no model is configured and none of ANTHROPIC_API_KEY, OPENAI_API_KEY, GOOGLE_API_KEY is set',
    });
    expect(describeModel(bundleOf({ variables: { OPENAI_API_KEY: '' } })).id).toBe('scripted');
    expect(modelOf({}).id).toBe('scripted');
  });

  it.each(['constructor', '__proto__', 'mian'])('called %s is a problem that names what there is', async (name) => {
    const bundle = bundleOf({ models: { main: CLAUDE } });
    expect(describeModel(bundle, { model: name }).problem).toContain(`model "${name}"`);
    expect((await errorOf(modelOf({ models: { main: CLAUDE } }, name))).message).toContain('"models" of amodal.json');
  });
});

describe('a key', () => {
  it.each([
    ['anthropic', 'ANTHROPIC_API_KEY'],
    ['openai', 'OPENAI_API_KEY'],
    ['google', 'GOOGLE_API_KEY'],
  ] as const)('that %s lacks is asked for by its variable, and no request is made', async (provider, variable) => {
    const stub = await chatCompletionsStub([{ text: 'No.' }]);
    const settings = { provider, model: 'm', baseUrl: stub.baseUrl };
    const problem = `model ${provider}/m: expected a key in ${variable}, but it is not set; put it into .env or the environment, or name another one in "credentials"`;
    expect(describeModel(bundleOf(), { model: settings }).problem).toBe(problem);
    expect(await errorOf(modelOf({}, settings))).toEqual({ message: problem, retryable: false });
    expect(stub.requests).toHaveLength(0);
  });

  it('that the file names goes before the usual variable', async () => {
    const stub = await anthropicStub([{ text: 'Hi.' }]);
    const settings: ModelSettings = { ...CLAUDE, baseUrl: `${stub.baseUrl}/`, apiKey: 'env:TEAM_KEY' };
    await answerOf(modelOf({ variables: { ANTHROPIC_API_KEY: 'usual', TEAM_KEY: 'team' } }, settings));
    expect(stub.requests[0]?.headers['x-api-key']).toBe('team');
    expect(stub.requests[0]?.path).toBe('/v1/messages');
  });

  it('that the file names and nobody set is named', async () => {
    const settings: ModelSettings = { ...CLAUDE, apiKey: 'env:TEAM_KEY' };
    expect((await errorOf(modelOf({}, settings))).message).toContain('TEAM_KEY');
  });

  it('and an address of the surrounding process are not used', async () => {
    const stub = await responsesStub([{ text: 'Hi.' }]);
    vi.stubEnv('OPENAI_API_KEY', 'ambient');
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:1');
    const settings: ModelSettings = { provider: 'openai', model: 'm', baseUrl: stub.baseUrl };
    expect((await errorOf(modelOf({}, settings))).message).toContain('OPENAI_API_KEY');
    await answerOf(modelOf({ variables: { OPENAI_API_KEY: 'of the bundle' } }, settings));
    expect(stub.requests[0]?.headers.authorization).toBe('Bearer of the bundle');
  });

  it('does not help a compatible server without an address', async () => {
    const { message } = await errorOf(modelOf({}, { provider: 'openai-compatible', model: 'm' }));
    expect(message).toBe('model openai-compatible/m: "baseUrl" is missing; say where the server is');
  });
});
