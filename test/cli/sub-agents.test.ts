import { expect, it } from 'vitest';
import { runAmodal } from '../support/amodal-process.ts';
import type { ModelStubRequest, StubReply } from '../support/model-stub-server.ts';
import { chatCompletionsStub } from '../support/model-stubs.ts';
import { stubServer } from '../support/stub-server.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const CLERK = `---
description: Looks orders up
model: simple
tools: [request, memory_write, dispatch]
connections: [shop, books]
---

You are the clerk.
`;

const ask = (connection: string, method: string) => ({
  id: `${connection}-${method}`,
  name: 'request',
  input: { connection, method, endpoint: '/orders' },
});

/** The main model hands the work on and answers; the clerk's reads, tries to write and to reach what its run may not. */
function reply({ body, turn }: ModelStubRequest): StubReply {
  if (body.model === 'small') {
    return turn === 0
      ? { toolCalls: [ask('shop', 'GET'), ask('shop', 'POST'), ask('books', 'GET')] }
      : { text: 'two orders', usage: { input: 700, output: 10 } };
  }
  return turn === 0
    ? {
        toolCalls: [
          { id: 'd', name: 'dispatch', input: { agent: 'clerk', task: 'Count', prompt: 'How many orders?' } },
        ],
      }
    : { text: 'There are two orders.' };
}

const namesOf = ({ body }: ModelStubRequest): readonly string[] =>
  (body.tools ?? []).map((tool: { readonly function: { readonly name: string } }) => tool.function.name);

it('a sub-agent has the model of its file, and of its tools and connections those that its run has', async () => {
  const shop = await stubServer(() => ({ body: '[1, 2]' }));
  const books = await stubServer();
  const model = await chatCompletionsStub(reply);
  const dir = tempDir();
  const modelOf = (name: string) => ({ provider: 'openai-compatible', model: name, baseUrl: model.baseUrl });
  writeFiles(dir, {
    'amodal.json': { name: 'shop', version: '1', models: { main: modelOf('big'), simple: modelOf('small') } },
    'connections/shop/spec.json': { baseUrl: shop.url },
    'connections/books/spec.json': { baseUrl: books.url },
    'agents/clerk/AGENT.md': CLERK,
    'automations/count.json': {
      prompt: 'Count the orders.',
      connections: ['shop'],
      tools: ['request', 'dispatch'],
      budget: { perRunTokens: 100_000 },
    },
  });
  const ran = await runAmodal(['--dir', dir, 'ops', 'automations', 'trigger', 'count', '--wait']);
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  expect(model.requests.map(({ body }) => body.model)).toEqual(['big', 'small', 'small', 'big']);
  expect(model.requests.map(namesOf)).toEqual([
    ['request', 'dispatch'],
    ['request'],
    ['request'],
    ['request', 'dispatch'],
  ]);
  // Its instructions and its task, not the conversation of its run.
  const [, first] = model.requests;
  expect(JSON.stringify(first?.body)).toContain('You are the clerk.');
  expect(JSON.stringify(first?.body)).not.toContain('Count the orders.');
  expect(shop.requests.map(({ method }) => method)).toEqual(['GET']);
  expect(books.requests).toEqual([]);
  expect(JSON.stringify(model.requests.at(-1)?.body)).toContain('two orders');
}, 60_000);
