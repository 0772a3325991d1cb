import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/domain/automation.ts';
import { tempDir, writeFiles } from '../../support/temp-dir.ts';
import { FIXTURE, fixture, isGone, openTools } from './open-tools.ts';

describe('an MCP server over stdio', () => {
  it('gives its tools under its own name', async () => {
    const { names, call } = await openTools({ connections: [fixture()] });
    expect(names).toEqual(
      ['echo', 'delete_all', 'show_env', 'wait', 'parts', 'fail', 'long', 'die'].map((name) => `fix_${name}`),
    );
    expect(await call('fix_echo', { text: 'aaa' })).toEqual({ ok: true, text: 'aaa' });
  });

  it('is started only for automations that could use one of its tools', async () => {
    const pids = join(tempDir(), 'pids');
    const connections = [fixture({ pids })];
    expect((await openTools({ connections, automation: { tools: ['request', 'other_*'] } })).names).toEqual([]);
    expect((await openTools({ connections, automation: { connections: ['acme'] } })).names).toEqual([]);
    expect(existsSync(pids)).toBe(false);
    expect((await openTools({ connections, automation: { tools: ['fix_echo'] } })).names).toContain('fix_echo');
  });

  it('has only the variables that its file names, besides PATH and HOME, and an empty folder of its own', async () => {
    const env = { PATH: '/usr/bin:/bin', HOME: '/home/somebody', TOKEN: 'token-value-1', OTHER: 'other-value-2' };
    const { call, end } = await openTools({
      connections: [fixture({}, { env: { GIVEN: 'env:TOKEN', PLAIN: 'x' } })],
      env,
    });
    const { text } = await call('fix_show_env');
    expect(text).not.toContain('token-value-1');
    const seen = JSON.parse(text);
    expect(seen.env).toEqual({
      PATH: '[redacted:PATH]',
      HOME: '[redacted:HOME]',
      GIVEN: '[redacted:TOKEN]',
      PLAIN: 'x',
    });
    expect(seen.cwd).toContain('amodal-child-');
    end();
    await expect.poll(() => existsSync(seen.cwd)).toBe(false);
  });

  it('finds a program of the bundle by a path that begins with "./"', async () => {
    const dir = tempDir();
    writeFiles(dir, { 'mcp/server.mjs': readFileSync(FIXTURE, 'utf8') });
    const args = ['./mcp/server.mjs', '{}'];
    const { call } = await openTools({ connections: [fixture({}, { args })], dir });
    expect(await call('fix_echo', { text: 'a' })).toEqual({ ok: true, text: 'a' });
  });

  it('is gone with everything it has started when the session ends', async () => {
    const pids = join(tempDir(), 'pids');
    const { end } = await openTools({ connections: [fixture({ pids })] });
    const started = JSON.parse(readFileSync(pids, 'utf8')) as number[];
    expect(started.map(isGone)).toEqual([false, false]);
    end();
    await expect.poll(() => started.map(isGone)).toEqual([true, true]);
  });

  it('leaves nothing behind when it dies by itself', async () => {
    const pids = join(tempDir(), 'pids');
    const { call } = await openTools({ connections: [fixture({ pids })] });
    const started = JSON.parse(readFileSync(pids, 'utf8')) as number[];
    expect(await call('fix_die')).toMatchObject({ ok: false, text: expect.stringContaining('closed') });
    await expect.poll(() => started.map(isGone)).toEqual([true, true]);
    expect(await call('fix_echo', { text: 'a' })).toMatchObject({ ok: false, sent: false });
  });

  it('that cannot be started fails only its own tools, with a reason', async () => {
    const broken = { ...fixture({}, { command: 'no-such-program', readTools: ['look'] }), name: 'broken' };
    const { names, call, warnings } = await openTools({ connections: [broken, fixture()] });
    expect(names.slice(0, 2)).toEqual(['broken_look', 'fix_echo']);
    const { ok, text } = await call('broken_look');
    expect([ok, text]).toEqual([
      false,
      'the MCP server "broken" could not be opened: it could not be reached: spawn no-such-program ENOENT',
    ]);
    expect(warnings.map(({ fields }) => fields?.connection)).toEqual(['broken']);
    expect(await call('fix_echo', { text: 'a' })).toMatchObject({ ok: true });
  });

  it('that ends at once is told with its last words, without secrets', async () => {
    const connections = [fixture({ exit: 1, complaint: 'bad key: token-value-1' })];
    const { names, call } = await openTools({ connections, env: { TOKEN: 'token-value-1' } });
    expect(names).toEqual(['fix_unavailable']);
    const { text } = await call('fix_unavailable');
    expect(text).toContain('it said: bad key: [redacted:TOKEN]');
  });

  it('names a variable that is not set', async () => {
    const { call } = await openTools({ connections: [fixture({}, { env: { KEY: 'env:MISSING_KEY' } })] });
    expect((await call('fix_unavailable')).text).toContain('MISSING_KEY');
  });

  it('is not started for a session that has ended', async () => {
    const pids = join(tempDir(), 'pids');
    expect((await openTools({ connections: [fixture({ pids })], isOver: true })).names).toEqual(['fix_unavailable']);
    expect(existsSync(pids)).toBe(false);
  });

  it('that ends without an answer is given up', async () => {
    const pids = join(tempDir(), 'pids');
    const opening = openTools({ connections: [fixture({ pids, mute: true })] });
    await expect.poll(() => existsSync(pids) && readFileSync(pids, 'utf8') !== '').toBe(true);
    const [pid = 0] = JSON.parse(readFileSync(pids, 'utf8')) as number[];
    process.kill(pid, 'SIGKILL');
    expect((await opening).names).toEqual(['fix_unavailable']);
  });
});

describe('a call of an MCP tool', () => {
  it('has one deadline', async () => {
    const limits = { ...DEFAULT_LIMITS, toolTimeoutSeconds: 1 };
    const { call } = await openTools({ connections: [fixture()], automation: { limits } });
    const { ok, text } = await call('fix_wait');
    expect([ok, text]).toEqual([false, expect.stringContaining('timed out')]);
  });

  it('ends with the session', async () => {
    const { call, end } = await openTools({ connections: [fixture()] });
    const calling = call('fix_wait');
    end();
    expect(await calling).toMatchObject({ ok: false });
  });

  it('answers texts, and names what is not shown without fetching it', async () => {
    const { call } = await openTools({ connections: [fixture()] });
    expect((await call('fix_parts')).text.split('\n')).toEqual([
      'a text',
      '[image image/png, 3 bytes, not shown]',
      '[link to file:///etc/passwd (passwd), not fetched]',
      'a memo',
    ]);
  });

  it('tells failure as failure', async () => {
    const { call } = await openTools({ connections: [fixture()] });
    expect(await call('fix_fail')).toEqual({ ok: false, text: 'it went wrong' });
  });

  it('is cut when its result is long', async () => {
    const { call } = await openTools({ connections: [fixture()] });
    const { text } = await call('fix_long');
    expect(text.length).toBeLessThan(1_049_000);
    expect(text).toMatch(/… \[cut, 2000000 characters\]$/);
  });
});
