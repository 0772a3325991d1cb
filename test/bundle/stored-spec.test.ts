import { describe, expect, it } from 'vitest';
import { load, messages } from './load.ts';

const SPEC = { baseUrl: 'https://api.acme.example/v1', specUrl: 'https://api.acme.example/openapi.json' };

describe('an API description beside a connection', () => {
  it.each([
    ['openapi.json', 'openapi'],
    ['openapi.yaml', 'openapi'],
    ['schema.graphql', 'graphql'],
  ])('is known by its name: %s', async (file, format) => {
    const loaded = await load({ 'connections/acme/spec.json': SPEC, [`connections/acme/${file}`]: '{}' });
    expect(messages(loaded)).toEqual([]);
    expect(loaded.bundle.connections.get('acme')?.storedSpec).toEqual({ file: `connections/acme/${file}`, format });
  });

  it('may be larger than the files that a load reads, and is not read by it', async () => {
    const large = `{"openapi":"3.0.0","x":"${'x'.repeat(2_000_000)}"}`;
    const loaded = await load({ 'connections/acme/spec.json': SPEC, 'connections/acme/openapi.json': large });
    expect(messages(loaded)).toEqual([]);
    expect(JSON.stringify([...loaded.bundle.connections.values()]).length).toBeLessThan(2_000);
  });

  it('is one: two of them are an error of their connection alone', async () => {
    const loaded = await load({
      'connections/acme/spec.json': SPEC,
      'connections/acme/openapi.json': '{}',
      'connections/acme/schema.graphql': '',
      'connections/other/spec.json': SPEC,
    });
    expect(messages(loaded).join()).toContain('openapi.json and schema.graphql stand beside it');
    expect([...loaded.bundle.connections.keys()]).toEqual(['other']);
  });

  it('of a repository names its committed file by "specPath"', async () => {
    const loaded = await load({
      'connections/repo/spec.json': { protocol: 'git', specPath: 'docs/openapi.json' },
      'connections/repo/openapi.json': '{}',
    });
    expect(messages(loaded)).toEqual([]);
    expect(loaded.bundle.connections.get('repo')?.spec.specPath).toBe('docs/openapi.json');
    expect(messages(await load({ 'connections/repo/spec.json': { protocol: 'git', specPth: 'x' } })).join()).toContain(
      'did you mean "specPath"',
    );
  });
});
