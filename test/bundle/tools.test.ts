import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadBundle } from '../../src/bundle/index.ts';
import { BUILT_IN_TOOL_NAMES as toolNames } from '../../src/tools/built-in-tool-names.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';
import { messages, registries } from './load.ts';

const ACME = { 'connections/acme/spec.json': { baseUrl: 'https://api.acme.example/v1' } };

const LOOK = {
  description: 'Looks an order up.',
  type: 'http',
  connection: 'acme',
  method: 'GET',
  endpoint: '/orders/{id}',
  parameters: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
};

const CHAIN = {
  description: 'Two in one.',
  type: 'chain',
  parameters: { properties: { id: { type: 'string' } } },
  steps: [
    { name: 'order', tool: 'look', input: { id: '{{ input.id }}' } },
    { name: 'page', tool: 'knowledge_read', input: { path: '{{ steps.order.page }}' } },
  ],
  result: '{{ steps.page }}',
};

const HANDLER = { description: 'Computes.', type: 'handler' };

async function load(files: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string>> = {}) {
  const dir = tempDir();
  writeFiles(dir, { ...ACME, ...files });
  const loaded = await loadBundle({ dir, env, registries: { ...registries, toolNames } });
  return { dir, loaded, tools: loaded.bundle.customTools, said: messages(loaded) };
}

/** What is said about one tool whose file differs from a good one. */
async function saidOf(change: object, good: object = LOOK): Promise<readonly string[]> {
  const files = { 'tools/look/tool.json': LOOK, 'tools/bad/tool.json': { ...good, ...change } };
  const { said, tools } = await load({ ...files, 'tools/bad/handler.mjs': '' });
  expect(tools.has('look')).toBe(true);
  expect(tools.has('bad')).toBe(false);
  return said.map((message) => message.replace(/^tools\/bad\/tool\.json:\d+:\d+ /, ''));
}

describe('tools of a bundle', () => {
  it('are loaded by the names of their folders, with every default', async () => {
    const program = 'console.log(1);\n';
    const { tools, said } = await load(
      {
        'tools/look/tool.json': LOOK,
        'tools/both/tool.json': CHAIN,
        'tools/compute/tool.json': { ...HANDLER, env: { TOKEN: 'env:SHOP_TOKEN', MODE: 'fast' } },
        'tools/compute/handler.mjs': program,
        'tools/elsewhere/package.json': { name: 'another program' },
      },
      { SHOP_TOKEN: 'shop-token-value-1' },
    );
    expect(said).toEqual([]);
    expect([...tools.keys()].sort()).toEqual(['both', 'compute', 'look']);
    expect(tools.get('look')).toMatchObject({
      type: 'http',
      endpoint: '/orders/{id}',
      inputSchema: { type: 'object', additionalProperties: false, required: ['id'] },
    });
    expect(tools.get('both')).toMatchObject({ type: 'chain', steps: [{ name: 'order' }, { name: 'page' }] });
    expect(tools.get('compute')).toMatchObject({
      type: 'handler',
      effect: 'write',
      handler: 'tools/compute/handler.mjs',
      handlerHash: createHash('sha256').update(program).digest('hex'),
    });
  });

  it('are never run by loading', async () => {
    const marker = join(tempDir(), 'ran');
    const program = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(marker)}, '');`;
    await load({ 'tools/compute/tool.json': HANDLER, 'tools/compute/handler.mjs': program });
    expect(() => rmSync(marker)).toThrow('ENOENT');
  });

  it('change the hash of the bundle and of the tool when the program changes', async () => {
    const { dir, loaded, tools } = await load({
      'tools/compute/tool.json': HANDLER,
      'tools/compute/handler.mjs': '1;',
    });
    writeFileSync(join(dir, 'tools/compute/handler.mjs'), '2;');
    const next = await loadBundle({ dir, env: {}, registries: { ...registries, toolNames }, previous: loaded });
    expect(next.bundle.hash).not.toBe(loaded.bundle.hash);
    expect(next.bundle.customTools.get('compute')).not.toEqual(tools.get('compute'));
  });

  it('keep the secrets of their variables out of every text, and let plain values be', async () => {
    const { loaded } = await load(
      {
        'tools/compute/tool.json': { ...HANDLER, env: { TOKEN: 'env:SHOP_TOKEN', MODE: 'plain-mode-value' } },
        'tools/compute/handler.mjs': '1;',
      },
      { SHOP_TOKEN: 'shop-token-value-1' },
    );
    const { secrets } = loaded.bundle;
    expect(secrets.redact('shop-token-value-1 in plain-mode-value')).toBe('[redacted:SHOP_TOKEN] in plain-mode-value');
  });

  it.each<[string, object, object | undefined, string]>([
    [
      'an unknown connection',
      { connection: 'acne' },
      undefined,
      'no connection is called "acne": did you mean "acme"?',
    ],
    [
      'a whole URL',
      { endpoint: 'https://evil.example/' },
      undefined,
      'expected "/path/{argument}" below the connection',
    ],
    ['two slashes', { endpoint: '//evil.example/x/{id}' }, undefined, 'expected "/path/{argument}"'],
    ['a query in the path', { endpoint: '/x?id={id}' }, undefined, 'a path has no query'],
    ['part of a segment', { endpoint: '/x-{id}' }, undefined, 'an argument is a whole segment'],
    [
      'an argument that there is not',
      { endpoint: '/x/{idd}' },
      undefined,
      '"parameters" has no "idd": did you mean "id"?',
    ],
    ['an optional path argument', { parameters: { properties: { id: {} } } }, undefined, 'list it in "required"'],
    [
      'an unknown argument',
      { params: { q: '{{ input.di }}' } },
      undefined,
      'there is no argument "di": did you mean "id"?',
    ],
    ['a broken template', { params: { q: '{{ input.id | nofilter }}' } }, undefined, 'unknown filter "nofilter"'],
    [
      'arguments that are no object',
      { parameters: { type: 'string' } },
      undefined,
      'arguments are an object, got "string"',
    ],
    ['a schema that is none', { parameters: { properties: { id: { type: 'foo' } } } }, undefined, 'is no JSON Schema'],
    ['an unknown method', { method: 'get' }, undefined, 'GET'],
    ['an unknown key', { endpoit: '/x' }, undefined, 'did you mean "endpoint"?'],
    [
      'an unknown step tool',
      { steps: [{ name: 'a', tool: 'requst' }] },
      CHAIN,
      'no tool is called "requst": did you mean "request"?',
    ],
    ['a chain in a chain', { steps: [{ name: 'a', tool: 'bad' }] }, CHAIN, '"bad" is a chain itself'],
    [
      'a step that comes later',
      {
        steps: [
          { name: 'a', tool: 'look', input: { id: '{{ steps.b.x }}' } },
          { name: 'b', tool: 'look' },
        ],
        result: 1,
      },
      CHAIN,
      'no earlier step is called "b"',
    ],
    [
      'two steps of one name',
      {
        steps: [
          { name: 'a', tool: 'look' },
          { name: 'a', tool: 'look' },
        ],
        result: 1,
      },
      CHAIN,
      'another step is called "a" as well',
    ],
    ['no steps', { steps: [] }, CHAIN, 'steps'],
    [
      'a variable of Node',
      { env: { NODE_OPTIONS: '--inspect' } },
      HANDLER,
      'is no name that a variable of a handler can have',
    ],
    ['an unset variable', { env: { TOKEN: 'env:NOT_SET' } }, HANDLER, 'the variable NOT_SET is not set'],
    ['an unknown type', { type: 'shell' }, undefined, 'type'],
  ])('are refused with %s', async (_name, change, good, message) => {
    expect((await saidOf(change, good)).join('\n')).toContain(message);
  });

  it('need their program, and a name that is free and plain', async () => {
    const { said, tools } = await load({
      'tools/compute/tool.json': HANDLER,
      'tools/request/tool.json': LOOK,
      'tools/Look-Up/tool.json': LOOK,
    });
    expect(tools.size).toBe(0);
    expect(said.join('\n')).toContain('the program is missing: write tools/compute/handler.mjs');
    expect(said.join('\n')).toContain('the runtime has a tool "request" of its own');
    expect(said.join('\n')).toContain('snake case of at most 64 characters, got "Look-Up"');
  });
});

describe('names of tools', () => {
  const automation = (file: object) => ({ 'automations/a.json': { prompt: 'Do it.', ...file } });

  it.each<[string, object]>([
    ['tools', { tools: ['look', 'lok'] }],
    ['success.requires', { success: { requires: [{ tool: 'lok' }] } }],
    ['writes.operations', { writeEnabled: true, writes: { operations: ['lok'] } }],
  ])('of an automation are checked in %s', async (_key, file) => {
    const { said, loaded } = await load({ 'tools/look/tool.json': LOOK, ...automation(file) });
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('no tool is called "lok": did you mean "look"?');
    expect(loaded.bundle.broken.has('a')).toBe(true);
  });

  it('may be those of the runtime, of stores, of the bundle and of MCP servers, and begin so', async () => {
    const { said } = await load({
      'tools/look/tool.json': LOOK,
      'stores/notes.json': { name: 'notes', key: '{id}', schema: { id: { type: 'string' } } },
      'connections/my-files/spec.json': { protocol: 'mcp', url: 'https://mcp.example/' },
      ...automation({
        tools: ['request', 'store_notes_put', 'look', 'my_files_read', 'my_files_*', 'store_*', 'sql_query'],
      }),
    });
    expect(said).toEqual([]);
    const unknown = await load(automation({ tools: ['stor_*'] }));
    expect(unknown.said.join()).toContain('no tool begins with "stor_*"');
  });

  it('of an agent are checked, and a broken tool breaks nobody who names it', async () => {
    const agent = (tools: string) => `---\ndescription: Looks\ntools: [${tools}]\n---\n\nLook.\n`;
    const { said } = await load({
      'tools/look/tool.json': { ...LOOK, connection: 'nowhere' },
      'agents/good/AGENT.md': agent('look'),
      'agents/bad/AGENT.md': agent('loook'),
    });
    expect(said.filter((message) => message.startsWith('agents/'))).toEqual([
      expect.stringContaining('no tool is called "loook": did you mean "look"?'),
    ]);
  });

  it('of the list for webhook runs are checked', async () => {
    const { said } = await load({ 'amodal.json': { name: 'x', version: '1', webhookRuns: { tools: ['requets'] } } });
    expect(said.join()).toContain('no tool is called "requets": did you mean "request"?');
  });
});
