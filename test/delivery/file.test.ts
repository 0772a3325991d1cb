import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';
import { contextOf, deliveryOf, deliveryType, PAYLOAD, secretsOf } from './delivery-world.ts';

const type = deliveryType('file');
const send = (dir: string, options: Readonly<Record<string, unknown>>, payload = {}) =>
  type.send(deliveryOf('file', options, payload), contextOf({ dir }));

describe('a file target', () => {
  it('gets one JSON line a delivery, in a folder that is made', async () => {
    const dir = tempDir();
    expect(await send(dir, { path: '.amodal/out/digest.jsonl' })).toEqual({ ok: true });
    await send(dir, { path: '.amodal/out/digest.jsonl' }, { text: 'two\nlines' });
    const lines = readFileSync(join(dir, '.amodal/out/digest.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { ...PAYLOAD, delivery: 'dlv_1' },
      { ...PAYLOAD, text: 'two\nlines', delivery: 'dlv_1' },
    ]);
  });

  it('keeps every line whole when many are written at once', async () => {
    const dir = tempDir();
    const texts = Array.from({ length: 40 }, (_, n) => `${n}${'x'.repeat(20_000)}`);
    await Promise.all(texts.map((text) => send(dir, { path: 'out.jsonl' }, { text })));
    const lines = readFileSync(join(dir, 'out.jsonl'), 'utf8').trimEnd().split('\n');
    expect(new Set(lines.map((line) => JSON.parse(line).text))).toEqual(new Set(texts));
  });

  it('ends a line first that a crash left unfinished', async () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'out.jsonl'), '{"half":');
    await send(dir, { path: 'out.jsonl' });
    const [half, whole] = readFileSync(join(dir, 'out.jsonl'), 'utf8').split('\n');
    expect([half, JSON.parse(whole ?? '').text]).toEqual(['{"half":', 'all good']);
  });

  it('is replaced whole by the text where the file says so', async () => {
    const dir = tempDir();
    await send(dir, { path: 'report/latest.md', mode: 'replace' }, { text: 'old' });
    await send(dir, { path: 'report/latest.md', mode: 'replace' }, { text: 'new' });
    expect(readFileSync(join(dir, 'report/latest.md'), 'utf8')).toBe('new\n');
    expect(readdirSync(join(dir, 'report'))).toEqual(['latest.md']);
  });

  it.each([
    '../out.jsonl',
    'a/../../out.jsonl',
    '/tmp/out.jsonl',
    'C:\\out',
    'a\\..\\b',
    '.',
    'out/',
    'a\u0000b',
    '.env',
    '.env.local',
    'automations/x.json',
    'knowledge/x.md',
    './connections/x',
    'amodal.json',
    'AMODAL.json',
    '.git/hooks/post-commit',
    '.amodal/state.db',
    '.amodal/out',
    '.amodal/out/../state.db',
  ])('cannot be %j', async (path) => {
    const dir = tempDir();
    expect(type.check({ path }, secretsOf())).toHaveLength(1);
    expect(await send(dir, { path })).toMatchObject({ ok: false, retryable: false });
    expect(readdirSync(dir)).toEqual([]);
  });

  it('cannot be reached through a symbolic link', async () => {
    const dir = tempDir();
    const outside = tempDir();
    mkdirSync(join(dir, 'automations'));
    symlinkSync(outside, join(dir, 'folder'));
    symlinkSync(join(outside, 'target'), join(dir, 'file'));
    symlinkSync(join(dir, 'automations'), join(dir, 'inner'));
    for (const path of ['folder/x', 'folder/deep/er/x', 'file', 'inner/x.json']) {
      expect(await send(dir, { path })).toMatchObject({
        ok: false,
        retryable: false,
        error: expect.stringContaining('symbolic link'),
      });
    }
    expect([readdirSync(outside), readdirSync(join(dir, 'automations'))]).toEqual([[], []]);
    expect(existsSync(join(outside, 'deep'))).toBe(false);
  });

  it('is tried again when the disk says no', async () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'out'), '');
    expect(await send(dir, { path: 'out/x.jsonl' })).toMatchObject({ ok: false, retryable: true });
  });

  it('is checked when the bundle is loaded', () => {
    expect(type.check({ path: 'out/x.jsonl', mode: 'append' }, secretsOf())).toEqual([]);
    expect(type.check({}, secretsOf())).toEqual(['the target needs "path", a text that is not empty']);
    expect(type.check({ path: 'x', mode: 'rewrite' }, secretsOf())).toEqual(['"mode" must be "append" or "replace"']);
  });
});

describe('a log target', () => {
  it('writes the text to the log, without terminal escapes', async () => {
    const lines: unknown[] = [];
    const log = { info: (message: string, fields?: object) => lines.push([message, fields]) };
    const result = await deliveryType('log', { log }).send(deliveryOf('log', {}, { text: 'ok\u001b[2J' }), contextOf());
    expect(result).toEqual({ ok: true });
    expect(lines).toEqual([['digest: ok', { delivery: 'dlv_1', run: 'run_1', status: 'success' }]]);
  });
});
