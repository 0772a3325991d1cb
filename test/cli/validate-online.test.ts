import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runAmodal } from '../support/amodal-process.ts';
import { stubServer } from '../support/stub-server.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const FIXTURE = fileURLToPath(new URL('../tools/mcp/fixture-server.mjs', import.meta.url));

interface Said {
  readonly severity: string;
  readonly code: string;
  readonly file: string;
  readonly message: string;
}

async function validate(files: Readonly<Record<string, unknown>>, args: readonly string[] = ['--online']) {
  const dir = tempDir();
  writeFiles(dir, { 'automations/a.json': { prompt: 'x' }, ...files });
  const { stdout, stderr, code } = await runAmodal(['--dir', dir, 'validate', '--json', ...args], {
    env: { API_TOKEN: 'api-token-value-1' },
  });
  expect(stdout + stderr).not.toContain('-value-');
  return { code, said: JSON.parse(stdout) as readonly Said[] };
}

const server = (more: object = {}, tools: readonly object[] = []) => ({
  command: process.execPath,
  args: [FIXTURE, JSON.stringify({ tools })],
  ...more,
});

it('asks nothing without --online', async () => {
  const api = await stubServer();
  const spec = { baseUrl: api.url, testPath: '/health' };
  expect(await validate({ 'connections/api/spec.json': spec }, [])).toEqual({ code: 0, said: [] });
  expect(api.requests).toEqual([]);
});

it('asks the test path of an API with its reading credentials, and says what came', async () => {
  const api = await stubServer(({ url }) => ({ status: url.endsWith('/health') ? 200 : 401 }));
  const auth = { type: 'bearer', token: 'env:API_TOKEN' };
  const { code, said } = await validate({
    'connections/good/spec.json': { baseUrl: `${api.url}/v1`, auth, testPath: '/health' },
    'connections/bad/spec.json': { baseUrl: `${api.url}/v1`, auth, testPath: '/closed' },
    'connections/quiet/spec.json': { baseUrl: `${api.url}/v1` },
  });
  expect(code).toBe(1);
  expect(said).toEqual([
    expect.objectContaining({
      severity: 'error',
      file: 'connections/bad/spec.json',
      message: 'bad: testPath: GET /closed answered 401',
    }),
  ]);
  expect(api.requests.map(({ method, url }) => `${method} ${url}`).sort()).toEqual([
    'GET /v1/closed',
    'GET /v1/health',
  ]);
  expect(new Set(api.requests.map(({ headers }) => headers.authorization))).toEqual(
    new Set(['Bearer api-token-value-1']),
  );
});

it('tells the hash of a tool list, accepts it once it is in the file, and tells when the list has changed', async () => {
  const unpinned = await validate({
    'connections/fix/spec.json': { protocol: 'mcp', ...server({ readTools: ['echo', 'gone'] }) },
  });
  expect(unpinned.code).toBe(0);
  expect(unpinned.said.map(({ severity, code }) => [severity, code])).toEqual([
    ['warning', 'tools-not-pinned'],
    ['warning', 'unknown-tool'],
  ]);
  const [{ message = '' } = {}] = unpinned.said;
  expect(message).toContain('8 tools (delete_all, die, echo, fail, long, parts, show_env, wait)');
  const toolsHash = /"toolsHash": "(sha256:[0-9a-f]{64})"/.exec(message)?.[1];
  const pinned = { 'amodal.json': { name: 'x', version: '1', mcp: { servers: { fix: server({ toolsHash }) } } } };
  expect(await validate(pinned)).toEqual({ code: 0, said: [] });
  const grown = server({ toolsHash }, [{ name: 'new_tool', inputSchema: { type: 'object' } }]);
  const changed = await validate({ 'amodal.json': { name: 'x', version: '1', mcp: { servers: { fix: grown } } } });
  expect(changed.code).toBe(1);
  expect(changed.said).toEqual([
    expect.objectContaining({ severity: 'error', code: 'tools-changed', file: 'amodal.json' }),
  ]);
  expect(changed.said[0]?.message).toContain('new_tool');
});

it('says which server cannot be reached', async () => {
  const { code, said } = await validate({
    'connections/fix/spec.json': { protocol: 'mcp', command: '/no/such/program' },
  });
  expect(code).toBe(1);
  expect(said[0]?.message).toContain('fix: it could not be reached');
});
