import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { rootDir } from '../support/root-dir.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

/** Refuses every package: whoever tries to load one in that process finds out. */
const HOOKS = `export function resolve(specifier, context, next) {
  if (!/^(node:|file:|\\.|\\/)/.test(specifier)) throw new Error('loads ' + specifier);
  return next(specifier, context);
}`;

const PROGRAM = `
import { register } from 'node:module';
import { createRequire } from 'node:module';
register('./hooks.mjs', import.meta.url);
const { createModels, loadSdk } = await import('./index.js');
const secrets = { variable: () => 'key', resolve: (value) => value };
const scripts = new Map([['digest', { file: 'f', turns: [{ text: 'Hello.' }] }]]);
const bundle = { settings: { models: {} }, scripts, secrets, diagnostics: [] };
const templates = { render: (text) => ({ ok: true, text }) };
const silent = () => {};
const logger = { debug: silent, info: silent, warn: silent, error: silent };
const clock = { now: () => 0, monotonic: () => 0, sleep: async () => {} };
const models = createModels({ fetch, clock, templates, logger });
const ask = (model) => models(bundle, { name: 'digest', model })
  .generate({ system: 's', messages: [], tools: [], maxOutputTokens: 1 }, new AbortController().signal)
  .then((answer) => answer.text, (error) => error.message);
const loadFor = (main) => loadSdk({ ...bundle, settings: { models: { main } } }).then(() => 'nothing', (error) => error.message);
const loaded = () => Object.keys(createRequire(import.meta.url).cache).length;
console.log(JSON.stringify({
  scripted: await ask({ provider: 'scripted', model: 'scripted' }),
  loaded: loaded(),
  anthropic: await ask({ provider: 'anthropic', model: 'm' }),
  google: await ask({ provider: 'google', model: 'm' }),
  aheadOfScripts: await loadFor({ provider: 'scripted', model: 'scripted' }),
  aheadOfRuns: await loadFor({ provider: 'openai', model: 'm' }),
}));
`;

describe('the room of models', () => {
  it('loads no package before a model of that provider is asked, and ahead where a runtime will need it', async () => {
    const dir = tempDir();
    await build({
      entryPoints: [join(rootDir, 'src/models/index.ts')],
      outdir: dir,
      bundle: true,
      packages: 'external',
      format: 'esm',
      splitting: true,
      platform: 'node',
    });
    writeFiles(dir, { 'package.json': { type: 'module' }, 'hooks.mjs': HOOKS, 'program.mjs': PROGRAM });
    const told = execFileSync(process.execPath, [join(dir, 'program.mjs')], { encoding: 'utf8' });
    expect(JSON.parse(told)).toEqual({
      scripted: 'Hello.',
      loaded: 0,
      anthropic: 'loads @ai-sdk/anthropic',
      google: 'loads @ai-sdk/google',
      aheadOfScripts: 'nothing',
      aheadOfRuns: 'loads @ai-sdk/openai',
    });
  });
});
