import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHttpClient } from '../../../src/net/index.ts';
import { openMcpTools } from '../../../src/tools/index.ts';
import { call, type WorldOptions, world } from '../../agent/session-world.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { fixture, isGone } from './open-tools.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const openTools = openMcpTools({ http: createHttpClient(), logger });

/** A session with the fixture, whose calls the server itself writes down. */
function fixtureWorld({ script, ...options }: WorldOptions) {
  const dir = tempDir();
  const [pids, log] = [join(dir, 'pids'), join(dir, 'log')];
  const connections = [fixture({ pids, log }, { readTools: ['echo'] })];
  const made = world({ script, connections, openTools, ...options });
  const calls = () =>
    (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []).map((line) => JSON.parse(line).name);
  const processes = () => JSON.parse(readFileSync(pids, 'utf8')) as number[];
  return { ...made, calls, processes };
}

describe('a session with an MCP server', () => {
  it('reads in a read-only run, and writes nothing, whatever the model and the server say', async () => {
    const { run, calls, results, processes } = fixtureWorld({
      script: [
        { toolCalls: [call('fix_echo', { text: 'a' }), call('fix_delete_all', {}), call('delete_all', {})] },
        { text: 'done' },
      ],
    });
    expect((await run()).outcome).toMatchObject({ type: 'succeeded' });
    expect(results().map(({ tool, isError }) => [tool, isError])).toEqual([
      ['fix_echo', false],
      ['fix_delete_all', true],
      ['delete_all', true],
    ]);
    expect(calls()).toEqual(['echo']);
    await expect.poll(() => processes().map(isGone)).toEqual([true, true]);
  });

  it('writes where the file names the tool, once, with an audit row before', async () => {
    const { run, calls, audit, writes } = fixtureWorld({
      automation: { writeEnabled: true, writes: { operations: ['fix_delete_all'] } },
      script: [{ toolCalls: [call('fix_delete_all', {}), call('fix_show_env', {})] }, { text: 'done' }],
    });
    await run();
    expect(calls()).toEqual(['delete_all']);
    expect(writes.map(({ tool, outcome }) => [tool, outcome?.result])).toEqual([['fix_delete_all', 'applied']]);
    expect(audit.map(({ action }) => action)).toContain('call.refused');
  });

  it('lets no secret go to the server', async () => {
    const { run, calls, results } = fixtureWorld({
      env: { TOKEN: 'token-value-1' },
      script: [
        { toolCalls: [call('fix_echo', { text: 'say token-value-1' }), call('fix_echo', { text: 'say nothing' })] },
        { text: 'done' },
      ],
    });
    await run();
    expect(results().map(({ isError }) => isError)).toEqual([true, false]);
    expect(calls()).toEqual(['echo']);
  });

  it('calls nothing of a server whose list is not the pinned one, and goes on with what else there is', async () => {
    const dir = tempDir();
    const log = join(dir, 'log');
    const pinned = fixture({ log }, { readTools: ['echo'], toolsHash: 'sha256:another' });
    const { run, results } = world({
      connections: [pinned, { ...fixture({ log }, { readTools: ['echo'] }), name: 'free' }],
      openTools,
      script: [{ toolCalls: [call('fix_echo', { text: 'a' }), call('free_echo', { text: 'b' })] }, { text: 'done' }],
    });
    expect((await run()).outcome).toMatchObject({ type: 'succeeded' });
    expect(results().map(({ tool, isError }) => [tool, isError])).toEqual([
      ['fix_echo', true],
      ['free_echo', false],
    ]);
    expect(results()[0]?.value).toMatch(/its tool list is not the one that its file names.* sha256:[0-9a-f]{64}/);
    expect(
      readFileSync(log, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).arguments.text),
    ).toEqual(['b']);
  });
});
