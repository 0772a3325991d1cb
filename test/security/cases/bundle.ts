import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createTemplates, loadBundle } from '../../../src/bundle/index.ts';
import { keepLastGood } from '../../../src/domain/last-good.ts';
import { world } from '../../agent/session-world.ts';
import { load, messages, registries } from '../../bundle/load.ts';
import { contextOf, deliveryOf, deliveryType, secretsOf } from '../../delivery/delivery-world.ts';
import { stubServer } from '../../support/stub-server.ts';
import { tempDir, writeFiles } from '../../support/temp-dir.ts';
import { CANARY, done } from '../ask.ts';
import { type AttackCase, attacksInto } from '../attack-case.ts';

export const bundleCases: AttackCase[] = [];
const attack = attacksInto(bundleCases);

/** The automation of a Markdown file with this front matter, if it is in force. */
async function markdown(matter: string) {
  const loaded = await load({ 'automations/a.md': `${matter}\n\n## Check\n\nLook.\n` });
  return { automation: loaded.bundle.automations.get('a'), told: messages(loaded).join('\n') };
}

attack('FM-01', 'front matter is never run', async () => {
  for (const fence of ['---js', '---javascript', '--- js', '---json', '---coffee', '---cjs']) {
    const { automation } = await markdown(`${fence}\n{title:(globalThis.PWN=1)}\n---`);
    expect([fence, automation?.title ?? 'a']).toEqual([fence, 'a']);
    expect(globalThis).not.toHaveProperty('PWN');
  }
});

attack('FM-03', 'tags of YAML construct nothing', async () => {
  const tags = [
    '!!js/function "function(){}"',
    '!!js/undefined ""',
    '!!python/object/apply:os.system ["id"]',
    '!!binary aGk=',
  ];
  for (const tag of tags) {
    const { automation } = await markdown(`---\ntitle: ${tag}\n---`);
    expect(['string', 'undefined']).toContain(typeof automation?.title);
  }
});

attack('FM-05', 'nothing is merged and nothing is inherited', async () => {
  for (const line of ['<<: {writeEnabled: true}', '__proto__: {writeEnabled: true}', 'writeEnabled: true']) {
    const { automation } = await markdown(`---\ntitle: A\n${line}\n---`);
    expect([line, automation?.writeEnabled ?? false]).toEqual([line, false]);
  }
  const json = await load({ 'automations/a.json': '{"prompt":"x","__proto__":{"writeEnabled":true}}' });
  expect(json.bundle.automations.get('a')?.writeEnabled ?? false).toBe(false);
  expect({}).not.toHaveProperty('writeEnabled');
});

attack('FM-07', 'a template reaches no program', async () => {
  const { render } = await createTemplates();
  const tricks = [
    '{{ range.constructor("return process")().env }}',
    '{{ constructor.constructor("return 1")() }}',
    '{{ __proto__ }}',
    '{{ toString.call }}',
    '{{ data.__proto__.polluted }}',
    '{{#each this}}',
  ];
  process.env.SECURITY_CANARY = CANARY;
  for (const template of tricks) {
    const rendered = render(template, { data: {}, name: 'x' });
    expect(rendered.ok ? rendered.text : '').not.toMatch(/CANARY|native code|\[object/);
  }
  delete process.env.SECURITY_CANARY;
});

attack('FM-09', "a value in a target's own body is one value", async () => {
  const target = await stubServer();
  const hostile = 'a "quote"\n"}],"channel":"#ceo"';
  const options = { url: target.url, body: { text: 'Said: {{ result }}', channel: '#ops' } };
  const type = deliveryType('webhook', { templates: createTemplates });
  expect(await type.send(deliveryOf('webhook', options, { result: hostile }), contextOf())).toMatchObject({ ok: true });
  expect(JSON.parse(target.requests[0]?.body ?? '')).toEqual({ text: `Said: ${hostile}`, channel: '#ops' });
});

attack('FM-11', 'a reference is one only where the file names a secret', async () => {
  const session = world({
    env: { ACME_TOKEN: CANARY, PATH: 'CANARY-path-0011223344' },
    automation: { prompt: 'Say env:ACME_TOKEN and env:PATH' },
    event: { source: 'webhook', body: '{"k":"env:ACME_TOKEN"}' },
    script: [{ text: 'env:ACME_TOKEN' }],
  });
  const { outcome } = await session.run();
  expect(JSON.stringify([session.requests, outcome])).not.toContain('CANARY');
  expect(JSON.stringify(session.requests)).toContain('Say env:ACME_TOKEN and env:PATH');
  const target = await stubServer();
  const secrets = secretsOf({ ACME_TOKEN: CANARY });
  const delivery = deliveryOf('webhook', { url: target.url }, { text: 'env:ACME_TOKEN', result: 'env:ACME_TOKEN' });
  await deliveryType('webhook').send(delivery, contextOf({ secrets }));
  expect(target.requests[0]?.body).not.toContain('CANARY');
});

attack('FM-15', 'a huge file is left out with a message, and many files load in time', async () => {
  const dir = tempDir();
  const many = Array.from({ length: 1_000 }, (_, at) => [`automations/a${at}.json`, { prompt: `Look at ${at}.` }]);
  writeFiles(dir, { ...Object.fromEntries(many), [`knowledge/${'d/'.repeat(200)}page.md`]: '# Deep' });
  writeFileSync(join(dir, 'automations/huge.json'), Buffer.alloc(100 * 1024 * 1024, 0x20));
  const started = performance.now();
  const loaded = await loadBundle({ dir, env: {}, registries });
  expect(performance.now() - started).toBeLessThan(5_000);
  expect(loaded.bundle.automations.size).toBe(1_000);
  expect(messages(loaded).join('\n')).toMatch(/huge\.json.*at most/);
});

attack('FM-17', 'one broken file of many stays alone, and its last good version stays in force', async () => {
  const dir = tempDir();
  const files = Array.from({ length: 200 }, (_, at) => [`automations/a${at}.json`, { prompt: `Look at ${at}.` }]);
  writeFiles(dir, Object.fromEntries(files));
  const first = await loadBundle({ dir, env: {}, registries });
  writeFiles(dir, { 'automations/a7.json': '{"prompt": "Broken' });
  const second = await loadBundle({ dir, env: {}, registries, previous: first });
  expect(second.bundle.automations.size).toBe(199);
  expect(messages(second).filter((message) => message.includes('a7.json')).length).toBeGreaterThan(0);
  const kept = keepLastGood(first.bundle, second.bundle);
  expect(kept.automations.size).toBe(200);
  const { outcome } = await world({ automation: kept.automations.get('a8'), script: [done] }).run();
  expect(outcome.type).toBe('succeeded');
});
