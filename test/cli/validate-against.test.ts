import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { gitRepository } from '../bundle/repository.ts';
import { runAmodal } from '../support/amodal-process.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const BASE = { 'automations/a.json': { prompt: 'x', limits: { maxSteps: 9 } } };
const WIDER = { 'automations/a.json': { prompt: 'x', limits: { maxSteps: 5 }, memory: { enabled: true } } };

function changedRepository(): string {
  const dir = gitRepository(BASE);
  writeFiles(dir, WIDER);
  return dir;
}

const validate = (dir: string, ...args: readonly string[]) => runAmodal(['--dir', dir, 'validate', ...args]);

const WIDENED = {
  file: 'automations/a.json',
  line: 7,
  subject: 'automation a',
  right: 'memory.enabled',
  before: 'false',
  after: 'true',
};

it('prints what is wider and narrower with file and line, and exits 1', async () => {
  const { code, stdout, stderr } = await validate(changedRepository(), '--against', 'main');
  expect(stdout.split('\n')).toEqual([
    'widened automations/a.json:7 automation a: memory.enabled: false → true',
    'narrowed automations/a.json:4 automation a: limits.maxSteps: 9 → 5',
    '',
  ]);
  expect(stderr).toContain('1 widened, 1 narrowed; if that is meant, say --approve-rights');
  expect(code).toBe(1);
});

it('exits 0 with --approve-rights and prints the same, and where nothing is wider', async () => {
  const dir = changedRepository();
  const approved = await validate(dir, '--against', 'HEAD', '--approve-rights');
  expect(approved.code).toBe(0);
  expect(approved.stdout).toContain('memory.enabled: false → true');
  writeFiles(dir, { 'automations/a.json': { prompt: 'y', limits: { maxSteps: 9 } } });
  expect(await validate(dir, '--against', 'HEAD')).toMatchObject({ code: 0, stdout: '' });
});

it('prints JSON, and annotations for GitHub', async () => {
  const dir = changedRepository();
  const json = JSON.parse((await validate(dir, '--against', 'main', '--json')).stdout);
  expect(json).toMatchObject({ diagnostics: [], widened: [WIDENED], narrowed: [{ right: 'limits.maxSteps' }] });
  const { stdout } = await validate(dir, '--against', 'main', '--format', 'github');
  expect(stdout.split('\n')).toEqual([
    '::error file=automations/a.json,line=7::automation a: memory.enabled: false → true',
    '::notice file=automations/a.json,line=4::automation a: limits.maxSteps: 9 → 5',
    '',
  ]);
});

it('shows errors of files beside what is wider, and approves no error', async () => {
  const dir = changedRepository();
  writeFiles(dir, { 'automations/b.json': { prompt: '', writeEnabled: true } });
  const { code, stdout } = await validate(dir, '--against', 'main', '--approve-rights');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^error automations\/b\.json/m);
  expect(stdout).toMatch(/^widened automations\/b\.json.* unreadable/m);
});

it('needs no variables, and never prints one', async () => {
  const dir = gitRepository({ 'connections/api/spec.json': { baseUrl: 'env:API_URL' } });
  const auth = { type: 'bearer', token: 'env:API_TOKEN' };
  writeFiles(dir, {
    'connections/api/spec.json': { baseUrl: 'env:API_URL', auth },
    '.env': 'API_TOKEN=token-value-1\n',
  });
  const { stdout } = await validate(dir, '--against', 'main');
  expect(stdout).toContain('connection api: auth: (nothing) → type bearer, token env:API_TOKEN');
  expect(stdout).not.toContain('token-value');
});

it.each([
  ['a commit that is not there', 'origin/nowhere'],
  ['an option in place of a commit', '--output=/tmp/x'],
  ['a file in place of a commit', 'HEAD:automations/a.json'],
])('is wrong usage with %s', async (_, ref) => {
  const { code, stdout, stderr } = await validate(changedRepository(), `--against=${ref}`);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`--against ${JSON.stringify(ref)}`);
});

it('is wrong usage outside of a repository, and --approve-rights is without --against', async () => {
  const dir = tempDir();
  writeFiles(dir, BASE);
  expect((await validate(dir, '--against', 'main')).code).toBe(2);
  expect((await validate(dir, '--approve-rights')).code).toBe(2);
});

it('leaves no folder behind', async () => {
  const dir = changedRepository();
  const temp = tempDir();
  await runAmodal(['--dir', dir, 'validate', '--against', 'main'], { env: { TMPDIR: temp } });
  expect(readdirSync(temp)).toEqual([]);
});
