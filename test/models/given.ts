import { Environment } from 'minijinja-js';
import type { ModelSettings } from '../../src/domain/automation.ts';
import type { Bundle, ScriptTurn } from '../../src/domain/bundle.ts';
import { AmodalError } from '../../src/domain/error.ts';
import type { Logger } from '../../src/domain/ports/logger.ts';
import type { Model, ModelAnswer, ModelRequest, ToolDefinition } from '../../src/domain/ports/model.ts';
import type { Secrets } from '../../src/domain/ports/secrets.ts';
import type { Templates } from '../../src/domain/ports/templates.ts';
import { variableOf } from '../../src/domain/secret.ts';
import { createModels } from '../../src/models/index.ts';
import { FakeClock } from '../support/fake-clock.ts';

export interface Given {
  readonly variables?: Readonly<Record<string, string>>;
  readonly models?: Readonly<Record<string, ModelSettings>>;
  readonly scripts?: Readonly<Record<string, readonly ScriptTurn[]>>;
  readonly diagnostics?: Bundle['diagnostics'];
  readonly clock?: FakeClock;
  readonly fetch?: typeof globalThis.fetch;
}

export const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Plain Jinja: what stays visible or not is the business of the templates' own tests. */
export const TEMPLATES: Templates = {
  check: () => undefined,
  render(template, variables) {
    try {
      return { ok: true, text: new Environment().renderStr(template, variables) };
    } catch (error) {
      return { ok: false, error: { message: String(error), line: 1 } };
    }
  },
};

export function bundleOf({ variables = {}, models = {}, scripts = {}, diagnostics = [] }: Given = {}): Bundle {
  const named = Object.entries(scripts).map(
    ([automation, turns]) =>
      [automation, { automation, file: `automations/${automation}.script.json`, turns }] as const,
  );
  return {
    dir: '/bundle',
    root: '/bundle',
    hash: '0',
    settings: {
      name: 'test',
      version: '0',
      timezone: 'UTC',
      models,
      concurrency: 1,
      queue: 1,
      server: { trustedProxies: [] },
    },
    automations: new Map(),
    broken: new Map(),
    connections: new Map(),
    stores: new Map(),
    knowledge: [],
    skills: new Map(),
    agents: new Map(),
    customTools: new Map(),
    scripts: new Map(named),
    diagnostics,
    secrets: secretsOf(variables),
  };
}

/** The model of an automation called `digest`. */
export function modelOf(given: Given, model?: ModelSettings | string): Model {
  const { clock = new FakeClock(), fetch = globalThis.fetch } = given;
  const models = createModels({ fetch, clock, templates: TEMPLATES, logger: SILENT });
  return models(bundleOf(given), { name: 'digest', ...(model === undefined ? {} : { model }) });
}

export const WEATHER: ToolDefinition = {
  name: 'weather',
  description: 'Says how the weather is.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

export function requestOf(request: Partial<ModelRequest> = {}): ModelRequest {
  return {
    system: 'You are an agent.',
    messages: [{ role: 'user', text: 'How is the weather?' }],
    tools: [WEATHER],
    maxOutputTokens: 1000,
    ...request,
  };
}

/** A conversation in which two calls were made and answered, the second one badly. */
export const SECOND_TURN: ModelRequest = requestOf({
  messages: [
    { role: 'user', text: 'How is the weather?' },
    {
      role: 'assistant',
      text: 'I will look.',
      toolCalls: [
        { id: 'call_a', name: 'weather', input: { city: 'Oslo' } },
        { id: 'call_b', name: 'weather', input: '{"city":' },
      ],
    },
    {
      role: 'tool',
      results: [
        { id: 'call_b', name: 'weather', text: 'these are not arguments', isError: true },
        { id: 'call_a', name: 'weather', text: 'rain', isError: false },
      ],
    },
  ],
});

export function ask(model: Model, request = requestOf(), signal = new AbortController().signal): Promise<ModelAnswer> {
  return model.generate(request, signal);
}

export async function answerOf(model: Model, request = requestOf()): Promise<ModelAnswer & { ok: true }> {
  const answer = await ask(model, request);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer;
}

export async function errorOf(model: Model, request = requestOf()): Promise<(ModelAnswer & { ok: false })['error']> {
  const answer = await ask(model, request);
  if (answer.ok) throw new Error(`it answered: ${answer.text}`);
  return answer.error;
}

function secretsOf(variables: Readonly<Record<string, string>>): Secrets {
  const long = Object.values(variables).filter((value) => value.length >= 8);
  return {
    resolve(reference) {
      const variable = variableOf(reference);
      if (variable === undefined) return reference;
      const value = variables[variable];
      if (value === undefined) throw new AmodalError('unavailable', `env:${variable} is not set`);
      return value;
    },
    redact: (text) => long.reduce((left, value) => left.replaceAll(value, '[redacted]'), text),
    leaks: () => [],
    variable: (name) => variables[name],
  };
}
