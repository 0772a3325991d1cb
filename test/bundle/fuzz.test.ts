import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadBundle } from '../../src/bundle/index.ts';
import { tempDir } from '../support/temp-dir.ts';
import { registries } from './load.ts';

const FILES = [
  'amodal.json',
  '.env',
  'automations/a.json',
  'automations/b.md',
  'automations/a.script.json',
  'connections/c/spec.json',
  'connections/c/access.json',
  'connections/c/surface.md',
  'stores/s.json',
  'knowledge/k.md',
  'skills/k/SKILL.md',
  'agents/g/AGENT.md',
  'tests/t.json',
];

const KEYS =
  'prompt schedule timezone trigger webhookAuth webhook delivery targets type url secret template filter any all not field regex equals model fallback provider limits budget entity key schema item fields indexed ttl endpoints thresholds turns toolCalls protocol baseUrl auth headers mcp servers __proto__ constructor toString'.split(
    ' ',
  );
const WORDS = [
  '',
  ' ',
  'x',
  '0 9 * * *',
  '0 0 30 2 *',
  '0 0 L * FRI#2',
  'env:',
  'env:X',
  'env:A-B',
  'http://127.1',
  '{{',
  '{{ a | b }}',
  '{% if %}',
  '{a}',
  'GET /x/{y}',
  'webhook',
  'cron',
  'hmac-sha256',
  '[',
  'UTC',
  '10.0.0.0/8',
  'object',
  'array',
  '\u0000',
  '\ud800',
];

const leaf = fc.oneof(fc.constantFrom(...WORDS), fc.string(), fc.double(), fc.boolean(), fc.constant(null));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('tree'), { maxKeys: 6 }),
  ),
}));
const text = fc.oneof(
  tree.map((value) => JSON.stringify(value) ?? ''),
  fc.string(),
  fc
    .tuple(fc.constantFrom('---\n', '---js\n', '---\ntitle: x\n---\n', '## Check\n', 'Schedule: '), fc.string())
    .map(([start, rest]) => start + rest),
  fc.constantFrom('[', '{"a":', '\ufeff{}', '{"prompt":"x","prompt":"y"}', '{"prompt":1e999}', '-'.repeat(9)),
);
const bytes = fc.oneof(
  text.map((value) => Buffer.from(value)),
  fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value)),
);

describe('loading', () => {
  it('never throws, and every diagnostic has its place, whatever stands in the files', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...FILES), bytes, { minKeys: 1 }), async (files) => {
        const dir = tempDir();
        for (const [path, content] of Object.entries(files)) {
          mkdirSync(dirname(join(dir, path)), { recursive: true });
          writeFileSync(join(dir, path), content);
        }
        const first = await loadBundle({ dir, env: { X: 'value' }, registries });
        for (const { file, line, column, message } of first.diagnostics) {
          expect(file).not.toBe('');
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
          expect(message).not.toBe('');
        }
        const again = await loadBundle({ dir, env: { X: 'value' }, registries, previous: first });
        expect(again.diagnostics).toEqual(first.diagnostics);
        expect([...again.bundle.automations]).toEqual([...first.bundle.automations]);
      }),
      { numRuns: 150 },
    );
  });

  it('changes no prototype', async () => {
    const dir = tempDir();
    mkdirSync(join(dir, 'automations'));
    writeFileSync(
      join(dir, 'automations/a.json'),
      '{"prompt":"x","__proto__":{"writeEnabled":true},"limits":{"__proto__":{"maxSteps":1}}}',
    );
    const { bundle } = await loadBundle({ dir, env: {}, registries });
    expect(bundle.automations.size).toBe(0);
    expect(({} as { writeEnabled?: boolean }).writeEnabled).toBeUndefined();
  });
});
