import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readSimpleFrontMatter } from '../../src/bundle/simple-front-matter.ts';
import { load, messages } from './load.ts';

const markdown = (text: string) => load({ 'automations/brief.md': text });

describe('a Markdown automation', () => {
  it('is a title, a schedule and a check', async () => {
    const { bundle, diagnostics } = await markdown(
      '# Automation: Morning Brief\n\nSchedule: 0 7 * * *\n\n##   CHECK  \n\nLook at the rota.\n\n### How\n\nBriefly.\n\n## Notes\n\nNot for the agent.\n',
    );
    expect(diagnostics).toEqual([]);
    expect(bundle.automations.get('brief')).toMatchObject({
      title: 'Morning Brief',
      trigger: 'cron',
      schedule: { expression: '0 7 * * *', timezone: 'UTC' },
      prompt: 'Look at the rota.\n\n### How\n\nBriefly.',
      format: 'markdown',
      delivery: { targets: [] },
    });
  });

  it('may have front matter instead of a check', async () => {
    const { bundle } = await markdown(
      '---\ntitle: Brief\nschedule: "0 7 * * *"\ntimezone: Europe/Berlin\nenabled: false\n---\n# Ignored\n\nLook at it.\n',
    );
    expect(bundle.automations.get('brief')).toMatchObject({
      title: 'Brief',
      enabled: false,
      schedule: { expression: '0 7 * * *', timezone: 'Europe/Berlin' },
      prompt: 'Look at it.',
    });
  });

  it('is an error with neither', async () => {
    expect(messages(await markdown('# Readme\n\nSome words.'))).toEqual([
      'automations/brief.md:1:1 expected a "## Check" section, which is the prompt, or front matter, got neither',
    ]);
  });

  it('does not end its check at a heading inside code', async () => {
    const { bundle } = await markdown('## Check\n\n```sh\n## not a heading\n```\nafter\n');
    expect(bundle.automations.get('brief')?.prompt).toBe('```sh\n## not a heading\n```\nafter');
  });

  it('names the line of a wrong schedule', async () => {
    expect(messages(await markdown('# Automation: X\nSchedule: 0 25 * * *\n## Check\nx'))).toEqual([
      'automations/brief.md:2:11 schedule "0 25 * * *": hour must be 0-23, got 25',
    ]);
    expect(messages(await markdown('---\ntitle: X\nschedule: "0 25 * * *"\n---\nx'))).toEqual([
      'automations/brief.md:3:1 schedule "0 25 * * *": hour must be 0-23, got 25',
    ]);
  });

  it('cannot be two files', async () => {
    const loaded = await load({
      'automations/brief.md': '## Check\nx',
      'automations/brief.json': { prompt: 'x' },
      'automations/other.json': { prompt: 'x' },
    });
    expect(messages(loaded)).toEqual([
      'automations/brief.json:1:1 the automation "brief" stands in automations/brief.md as well: neither runs; keep one of the two files',
      'automations/brief.md:1:1 the automation "brief" stands in automations/brief.json as well: neither runs; keep one of the two files',
    ]);
    expect([...loaded.bundle.automations.keys()]).toEqual(['other']);
    expect([...loaded.bundle.broken.keys()]).toEqual(['brief']);
  });

  it('routes nothing', async () => {
    const [message] = messages(await markdown('---\ntitle: X\nwriteEnabled: true\n---\nx'));
    expect(message).toBe(
      'automations/brief.md:3:1 unknown key "writeEnabled": front matter knows title, schedule, trigger, timezone, enabled; a .json file can hold all others',
    );
  });
});

describe('front matter', () => {
  it('never runs code', async () => {
    const attack = 'globalThis.AMODAL_PWNED = 1';
    for (const fence of [
      '---js',
      '---javascript',
      '--- js',
      '---  JavaScript',
      '---coffee',
      '---json',
      '---yaml\n---js',
    ]) {
      const loaded = await markdown(`${fence}\n{ title: (${attack}) }\n---\n\n## Check\n\nx\n`);
      expect(loaded.bundle.automations.size, fence).toBe(0);
      expect(messages(loaded).length, fence).toBeGreaterThan(0);
    }
    expect('AMODAL_PWNED' in globalThis).toBe(false);
    expect(messages(await markdown(`---js\n{}\n---\nx`))).toEqual([
      'automations/brief.md:1:1 front matter in "js": expected YAML; begin the file with a line that is just ---',
    ]);
  });

  it('constructs nothing', async () => {
    for (const value of ['!!js/function "x"', '!!python/object/apply:os.system [x]', '!!binary aGk=', '!custom x']) {
      const loaded = await markdown(`---\ntitle: ${value}\n---\nx`);
      expect(messages(loaded), value).toEqual([
        expect.stringMatching(/^automations\/brief\.md:2:\d+ the front matter is no plain YAML: /),
      ]);
    }
  });

  it('merges nothing and inherits nothing', async () => {
    for (const line of ['<<: { enabled: false }', '__proto__: { enabled: false }', 'title: a\ntitle: b']) {
      const loaded = await markdown(`---\n${line}\n---\nx`);
      expect(loaded.bundle.automations.size, line).toBe(0);
    }
  });

  it('refuses aliases that grow without end', async () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`),
    ];
    const [message] = messages(await markdown(`---\n${bomb.join('\n')}\n---\nx`));
    expect(message).toMatch(/alias/i);
  });

  it('must be closed', async () => {
    expect(messages(await markdown('---\ntitle: x\n\nwords'))).toEqual([
      'automations/brief.md:1:1 the front matter is not closed: end it with a line that is just ---',
    ]);
  });

  it('reads simple lines as YAML does', () => {
    const value = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom(
        'true',
        'yes',
        'null',
        '~',
        '[a, b]',
        '[]',
        '1',
        'a b',
        "it's",
        'x: y',
        'a # b',
        '"q"',
        'a,b',
        'Inf',
        '-x',
        '[a,',
        'off',
      ),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z_]{1,5}$/), value), { selector: ([key]) => key, maxLength: 4 }),
        (pairs) => {
          const inner = pairs.map(([key, text]) => `${key}: ${text}\n`).join('');
          const simple = readSimpleFrontMatter(`---\n${inner}---\nbody`);
          if (simple === undefined) return;
          expect(simple.data).toEqual(parse(inner, { schema: 'core' }) ?? {});
          expect(simple.body).toBe('body');
        },
      ),
      { numRuns: 500 },
    );
  });
});
