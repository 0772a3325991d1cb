import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { STATUS_OF } from '../../src/server/problem.ts';
import { ROUTES } from '../../src/server/routes.ts';
import { rootDir } from '../support/root-dir.ts';
import { serverWorld } from './world.ts';

const page = readFileSync(join(rootDir, 'docs/http-api.md'), 'utf8');

it('the page of the API names every route', () => {
  const missing = ROUTES.filter(({ method, path }) => !page.includes(`\`${method.toUpperCase()} ${path}\``));
  expect(missing.map(({ path }) => path)).toEqual([]);
});

it('the page of the API gives every error code its status', () => {
  const wrong = Object.entries(STATUS_OF).filter(([code, status]) => {
    if (code === 'port_in_use') return false;
    return !page.split('\n').some((line) => line.startsWith(`| ${status} |`) && line.includes(`\`${code}\``));
  });
  expect(wrong).toEqual([]);
});

it('the page of the API names every metric of ours, and no other', async () => {
  const { api } = await serverWorld();
  const text = await (await api('/metrics')).text();
  const served = [...text.matchAll(/^# TYPE (amodal_\w+)/gm)].map(([, name]) => name);
  const described = [...page.matchAll(/\| `(amodal_\w+)/g)].map(([, name]) => name);
  expect(described.sort()).toEqual(served.sort());
});
