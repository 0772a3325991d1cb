import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTemplates } from '../../../src/bundle/index.ts';
import type { ToolContext } from '../../../src/domain/ports/tool.ts';
import { buildUrl } from '../../../src/net/index.ts';
import { fillTexts } from '../../../src/tools/custom/fill-texts.ts';
import { createTools } from '../../../src/tools/index.ts';
import { testBundle } from '../../agent/session-world.ts';
import { httpTool, toolsOf } from './handlers.ts';

const templates = await createTemplates();

/** Texts of attacks on paths and templates, alone and put together. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(
      fc.constantFrom(
        '..',
        '.',
        '/',
        '\\',
        '%2e',
        '%2F',
        '%',
        '?',
        '#',
        '@',
        ':',
        ';',
        '//',
        'a',
        '{{',
        '}}',
        '{%',
        '%}',
        'input',
        'steps',
        "$'",
        '\0',
        '\ud800',
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join('')),
);
const anything = fc.oneof({ weight: 4, arbitrary: hostile }, { weight: 1, arbitrary: fc.jsonValue() });

describe('whatever a model gives as arguments', () => {
  it('stays in its one segment, its one field, its one connection (20,000 calls)', () => {
    const bundle = testBundle({
      connections: [{ baseUrl: 'http://127.0.0.1:1/v1' }],
      bundle: {
        customTools: toolsOf(
          httpTool({
            method: 'POST',
            endpoint: '/orders/{id}/notes',
            params: { q: '{{ input.q }}' },
            body: { note: '{{ input.note }}' },
          }),
        ),
      },
    });
    const tool = createTools({ http: { send: () => Promise.reject(new Error('nothing is sent')) }, templates })(
      bundle,
    ).find(({ name }) => name === 'order_status');
    let made = 0;
    fc.assert(
      fc.property(anything, anything, anything, (id, q, note) => {
        const effect = tool?.effect({ id, q, note }, { bundle } as ToolContext);
        if (!effect?.ok) return;
        made += 1;
        const { call } = effect;
        if (call.kind !== 'http') throw new Error('another kind of call');
        expect([call.connection, call.method, call.tool]).toEqual(['acme', 'POST', 'order_status']);
        expect(call.path).toMatch(/^\/orders\/[^/?#\\]+\/notes$/);
        expect(decodeURIComponent(call.path.split('/')[2] ?? '')).toBe(String(id));
        expect(Object.keys(call.query).filter((name) => name !== 'q')).toEqual([]);
        expect(Object.keys(call.body as object)).toEqual(['note']);
        const url = buildUrl({ baseUrl: 'http://127.0.0.1:1/v1', endpoint: call.path });
        expect(url.ok && new URL(url.url).pathname.split('/').length).toBe(5);
      }),
      { numRuns: 20_000 },
    );
    // Most texts are legitimate values of one segment: the rule must not refuse them all.
    expect(made).toBeGreaterThan(5_000);
  });

  it('is inserted as it is and never rendered (2,000 texts)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (text) => {
        const given = { a: text, b: '{{ input.a }}' };
        expect(fillTexts('<{{ input.a }}|{{ input.b }}>', { input: given }, templates)).toEqual({
          ok: true,
          value: `<${text}|{{ input.a }}>`,
        });
        expect(fillTexts({ x: '{{ input.a }}' }, { input: given }, templates)).toEqual({
          ok: true,
          value: { x: text },
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it('reaches no prototype', () => {
    for (const path of [
      'input.constructor',
      'input.__proto__',
      'input.a.length',
      'input.toString',
      'steps.x.constructor',
    ]) {
      expect(fillTexts({ x: `{{ ${path} }}` }, { input: { a: 'x' }, steps: { x: {} } }, templates)).toEqual({
        ok: true,
        value: {},
      });
      expect(fillTexts(`y {{ ${path} }}`, { input: { a: 'x' }, steps: { x: {} } }, templates).ok).toBe(false);
    }
  });
});
