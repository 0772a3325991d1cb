import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { rootDir } from '../support/root-dir.ts';

const PAGE = join(rootDir, 'docs/security.md');
const page = readFileSync(PAGE, 'utf8');
const links = [...page.matchAll(/\[([^\]]+)\]\(([^)#]+)\)/g)].map(([, name = '', target = '']) => ({ name, target }));

test('every promise of docs/security.md names a test that is there', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('|') && line.endsWith('|'));
  const table = page.slice(page.indexOf('## What is promised'), page.indexOf('## The figures'));
  const promises = rows.filter((row) => table.includes(row) && !/^\|(-|\s*promise)/.test(row));
  expect(promises.length).toBeGreaterThan(20);
  expect(promises.filter((row) => !row.includes('.test.ts]('))).toEqual([]);
  const missing = links.filter(({ target }) => !existsSync(join(dirname(PAGE), target)));
  expect(missing).toEqual([]);
  expect(links.filter(({ name, target }) => !target.endsWith(name))).toEqual([]);
});

test('the figures of docs/security.md are those that the tests are made with', () => {
  const source = (file: string) => readFileSync(join(rootDir, file), 'utf8');
  const figure = (file: string, name: string) => {
    const [, digits = ''] = new RegExp(`const ${name} = ([\\d_]+);`).exec(source(file)) ?? [];
    return Number(digits.replaceAll('_', ''));
  };
  expect(figure('test/security/evil-model.test.ts', 'CALLS')).toBe(100_000);
  expect(figure('test/security/url-fuzz.test.ts', 'ENDPOINTS')).toBe(400_000);
  const encoder = 'test/security/encoder-fuzz.test.ts';
  expect(figure(encoder, 'TEXTS') + figure(encoder, 'VALUES')).toBe(300_000);
  for (const told of ['100,000', '400,000', '300,000']) expect(page).toContain(told);
});
