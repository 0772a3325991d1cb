import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTemplates } from '../../src/bundle/index.ts';
import { isSimpleTemplate } from '../../src/bundle/is-simple-template.ts';

const templates = await createTemplates();

function render(template: string, variables: Readonly<Record<string, unknown>> = {}): string {
  const result = templates.render(template, variables);
  return result.ok ? result.text : `error: ${result.error.message} at ${result.error.line}:${result.error.column}`;
}

describe('templates', () => {
  it('put values in', () => {
    expect(render('{{ params.metric }} is {{ value | round(1) }}', { params: { metric: 'cpu' }, value: 1.26 })).toBe(
      'cpu is 1.3',
    );
  });

  it('leave what is missing as it is written', () => {
    for (const template of [
      '{{ params.metric }}',
      '{{params.metric}}',
      '{{ params.a.b.c }}',
      '{{ params.metric | upper }}',
      '{{ params.metric | round(2) }}',
      '{{ params["odd key"] }}',
      '{{ missing + 1 }}',
      '{{ -missing }}',
      '{{ missing ~ "!" }}',
      '{{ missing.trim() }}',
      '{{ missing if true }}',
    ]) {
      expect(render(template, { params: {} }), template).toBe(template);
    }
  });

  it('keep what is there beside what is missing', () => {
    expect(render('{{ a }} {{ b }} {{ a ~ b }}', { a: 1 })).toBe('1 {{ b }} {{ a ~ b }}');
  });

  it('know defaults', () => {
    expect(render("{{ since | default('the beginning') }}")).toBe('the beginning');
    expect(render("{{ a.b | d('x') | upper }}")).toBe('X');
    expect(render('{{ a | default(b) }}')).toBe('{{ a | default(b) }}');
    expect(render("{{ a | default('x') ~ '-' ~ b | default('y') }}")).toBe('x-y');
  });

  it('know conditions on what is missing', () => {
    expect(render('{% if params.x %}yes{% else %}no{% endif %}', { params: {} })).toBe('no');
    expect(render('{% if params.x is defined %}yes{% else %}no{% endif %}', { params: {} })).toBe('no');
    expect(render('{{ "yes" if params.x else "no" }}', { params: {} })).toBe('no');
  });

  it('know loops, macros, slices and whitespace marks', () => {
    expect(render('{% for x in list %}{{ loop.index }}{{ x }}{{ nope }}{% endfor %}', { list: ['a', 'b'] })).toBe(
      '1a{{ nope }}2b{{ nope }}',
    );
    expect(render('{% macro m(x) %}[{{ x }}]{% endmacro %}{{ m(1) }}')).toBe('[1]');
    expect(render('{{ sha[:3] }}', { sha: 'abcdef' })).toBe('abc');
    expect(render('a {{- b -}} c', { b: 1 })).toBe('a1c');
    expect(render('a {{- b -}} c')).toBe('a{{- b -}}c');
  });

  it('leave raw blocks, comments and quoted braces alone', () => {
    expect(render('{% raw %}{{ x }}{% endraw %}{# {{ y }} #}{{ "}}" }}')).toBe('{{ x }}}}');
  });

  it('never render a value again', () => {
    expect(render('{{ x }}', { x: '{{ 7 * 7 }}{% if %}' })).toBe('{{ 7 * 7 }}{% if %}');
    expect(render('{{ x }}', { x: '{{ y }}', y: 'no' })).toBe('{{ y }}');
  });

  it('reach no prototypes and no functions', () => {
    const variables = { list: [1], call: () => 'called', object: {}, text: 'x' };
    for (const template of [
      '{{ list.constructor }}',
      '{{ object.__proto__ }}',
      '{{ text.constructor }}',
      '{{ object.toString }}',
      '{{ call }}',
      '{{ self }}',
      '{{ process }}',
      '{{ globalThis }}',
    ]) {
      expect(render(template, variables), template).toBe(template);
    }
    expect(render('{{ call() }}', variables)).not.toContain('called');
    expect(render('{{ range.constructor("return process")().env }}', variables)).toMatch(/^error: /);
  });

  it('say where the syntax is wrong', () => {
    expect(templates.check('one\n  two {% nope %}')).toEqual({
      message: 'syntax error: unknown statement nope',
      line: 2,
      column: 10,
    });
    expect(templates.check('{{ a')).toMatchObject({ line: 1 });
    expect(templates.check('{% for x in y %}')).toMatchObject({ line: 1 });
    expect(templates.check('x\n{{ a | uper }}')).toEqual({ message: 'unknown filter "uper"', line: 2, column: 8 });
    expect(templates.check('{% if a is evn %}{% endif %}')).toEqual({
      message: 'unknown test "evn"',
      line: 1,
      column: 12,
    });
    expect(templates.check('{{ a | upper }} {{ "a | nope" }}')).toBeUndefined();
  });

  it('report the line of the template as it is written, however it was prepared', () => {
    const result = templates.render('{{ a }}\n{{ b\n  | upper }}\n{{ nope() }}', { a: 1, b: 'x' });
    expect(result).toMatchObject({ ok: false, error: { line: 4 } });
  });

  it('end a template that would run for ever', () => {
    const endless = '{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}';
    expect(render(endless)).toMatch(/^error: .*fuel/);
    expect(render('{{ 1 }}')).toBe('1');
  });

  it('refuse what is too deep or too long', () => {
    expect(render(`{{ ${'['.repeat(5000)}${']'.repeat(5000)} }}`)).toMatch(/^error: /);
    expect(render('x'.repeat(300_000))).toMatch(/at most 262144/);
    expect(render('{{ 1 }}')).toBe('1');
  });

  it('never throw', () => {
    const piece = fc.constantFrom(
      '{{',
      '}}',
      '{%',
      '%}',
      '{#',
      '#}',
      ' a ',
      '.b',
      '|',
      'upper',
      '"',
      "'",
      'if',
      'for',
      'raw',
      '(',
      ')',
      '[',
      '-',
      '\n',
      '~',
      'is',
      'x',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 25 }),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (pieces, variables) => {
          const template = pieces.join('');
          const checked = templates.check(template);
          const rendered = templates.render(template, variables);
          return checked === undefined || !rendered.ok || checked.message.startsWith('unknown');
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a template that needs no parser', () => {
  it('is one that the parser finds right', () => {
    const part = fc.constantFrom(
      '{{ a }}',
      '{{ a.b[0] | upper }}',
      "{{ a | default('x') }}",
      '{{ "t" | join(",") }}',
      '{{ a[:9] }}',
      '{{ a |length|trim }}',
      '{{- a -}}',
      '{% if a %}',
      '{% if not a.b == "x" %}',
      '{% if loop.index <= 10 %}',
      '{% elif b %}',
      '{% else %}',
      '{% endif %}',
      '{% for x in a[0].b %}',
      '{% endfor %}',
      '{{ if }}',
      '{{ not a }}',
      '{{ a b }}',
      '{{ a | nope }}',
      '{% for not in a %}',
      '{% if %}',
      '{{',
      '}}',
      '%}',
      '{#',
      '#}',
      'text',
      '{ a }',
      '\n',
      '{{ loop }}',
      '{{ self.x }}',
      '{{ a.if }}',
      '{{ 12 }}',
      '{% raw %}',
      '{% endraw %}',
      '{% if true %}',
      '{{ a.b | d(c.d) }}',
      '{{ a | first | last }}',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 7 }), (parts) => {
        const template = parts.join('');
        if (isSimpleTemplate(template)) expect(templates.check(template), template).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
  });

  it('is what most bundles hold', () => {
    for (const template of [
      "since {{ since | default('the beginning') }}.",
      'fired{% if params.service %} for {{ params.service }}{% endif %}.',
      '{% for commit in results[0].commits %}{% if loop.index <= 10 %}- {{ commit.sha[:9] }} {{ commit.subject }}{% endif %}{% endfor %}',
      '{{ results[0].commits | length }} commits',
    ]) {
      expect(isSimpleTemplate(template), template).toBe(true);
    }
  });
});
