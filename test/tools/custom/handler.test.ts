import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Automation, DEFAULT_LIMITS } from '../../../src/domain/automation.ts';
import type { HandlerTool } from '../../../src/domain/custom-tool.ts';
import { MAX_HANDLER_ANSWER_BYTES } from '../../../src/tools/custom/run-handler.ts';
import { call, world } from '../../agent/session-world.ts';
import { stubServer } from '../../support/stub-server.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { isGone } from '../mcp/open-tools.ts';
import { handlerTool, toolsOf } from './handlers.ts';

const SUM = `
let text = '';
for await (const chunk of process.stdin) text += chunk;
const { a, b } = JSON.parse(text);
console.log(JSON.stringify({ sum: a + b }));
`;

const SHOW = `console.log(JSON.stringify({ env: process.env, cwd: process.cwd(), args: process.argv.slice(2) }));`;

interface Given {
  readonly program: string;
  readonly tool?: Partial<HandlerTool>;
  readonly input?: unknown;
  readonly automation?: Partial<Automation>;
  readonly env?: Readonly<Record<string, string>>;
  readonly before?: (dir: string) => void;
}

async function useHandler({ program, tool, input = {}, automation, env, before }: Given) {
  const made = handlerTool(program, tool);
  before?.(made.dir);
  const session = world({
    bundle: { dir: made.dir, root: made.dir, customTools: toolsOf(made.tool) },
    automation,
    env,
    script: [{ toolCalls: [call('compute', input)] }, { text: 'done' }],
  });
  const { figures } = await session.run();
  const result = session.results()[0];
  return { session, figures, dir: made.dir, result, value: result?.value as Readonly<Record<string, unknown>> };
}

const WRITES = { writeEnabled: true, writes: { operations: ['compute'] } };

describe('a handler', () => {
  it('gets its arguments as JSON on stdin, and answers on stdout', async () => {
    const { result } = await useHandler({ program: SUM, input: { a: 2, b: 3 } });
    expect(result).toMatchObject({ isError: false, value: { sum: 5 } });
  });

  it('has only the variables that its file names, in an empty folder of its own', async () => {
    const { value, result } = await useHandler({
      program: SHOW,
      tool: { env: { SHOP_TOKEN: 'env:SHOP_TOKEN', MODE: 'fast' } },
      env: { SHOP_TOKEN: 'shop-token-value-1', OTHER_TOKEN: 'other-token-value-2' },
    });
    expect(value.env).toEqual({ SHOP_TOKEN: '[redacted:SHOP_TOKEN]', MODE: 'fast' });
    expect(JSON.stringify(result)).not.toContain('-value-');
    expect(value.cwd).toContain('amodal-child-');
    expect(value.args).toEqual([]);
  });

  it('is a write unless its file says otherwise: in a read-only run it is not started', async () => {
    const marker = join(tempDir(), 'started');
    const program = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(marker)}, 'yes');`;
    const { result, figures, session } = await useHandler({
      program,
      tool: { effect: 'write', env: { SHOP_TOKEN: 'env:NOT_SET' } },
    });
    expect(() => readFileSync(marker)).toThrow('ENOENT');
    expect(result).toMatchObject({ isError: true });
    expect(result?.value).toContain('read-only');
    expect(figures).toMatchObject({ refusals: 1, writesSent: 0 });
    expect(session.audit.map(({ action, details }) => [action, details.rule])).toEqual([['call.refused', 'read-only']]);
  });

  it('writes only where the automation names it, with its key, after the row of the write', async () => {
    const tool = { effect: 'write' as const };
    const upstream = await stubServer();
    const program = `await fetch(${JSON.stringify(upstream.url)}, { method: 'POST', body: process.env.AMODAL_IDEMPOTENCY_KEY }); console.log('sent');`;
    const unnamed = await useHandler({ program, tool, automation: { writeEnabled: true, writes: { operations: [] } } });
    expect(unnamed.result?.isError).toBe(true);
    expect(upstream.requests).toEqual([]);
    const { session, result } = await useHandler({ program, tool, automation: WRITES });
    expect(result).toMatchObject({ isError: false, value: 'sent' });
    expect(upstream.requests.map(({ body }) => body)).toEqual(['run_1.1.1']);
    expect(session.writes.map(({ tool: name, outcome }) => [name, outcome?.result])).toEqual([['compute', 'applied']]);
  });

  it('does not run when the program has changed since the bundle was loaded', async () => {
    const { result } = await useHandler({
      program: SUM,
      input: { a: 1, b: 1 },
      before: (dir) => writeFileSync(join(dir, 'tools/compute/handler.mjs'), `${SUM}\n// changed`),
    });
    expect(result).toMatchObject({ isError: true });
    expect(result?.value).toContain("is not the program that was loaded with this run's bundle");
  });

  it('is killed at its limit of time with all that it has started', async () => {
    const pids = join(tempDir(), 'pids');
    const program = `
      import { spawn } from 'node:child_process';
      import { writeFileSync } from 'node:fs';
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      writeFileSync(${JSON.stringify(pids)}, JSON.stringify([process.pid, child.pid]));
      for (;;) {}
    `;
    const { result } = await useHandler({ program, tool: { timeoutSeconds: 1 } });
    expect(result).toMatchObject({ isError: true });
    expect(result?.value).toBe('it took longer than 1 s and was stopped');
    const started = JSON.parse(readFileSync(pids, 'utf8')) as number[];
    expect(started).toHaveLength(2);
    await expect.poll(() => started.map(isGone)).toEqual([true, true]);
  });

  it('never runs longer than a tool may in this automation', async () => {
    const { result } = await useHandler({
      program: 'setInterval(() => {}, 1000);',
      tool: { timeoutSeconds: 3600 },
      automation: { limits: { ...DEFAULT_LIMITS, toolTimeoutSeconds: 1 } },
    });
    expect(result?.value).toMatch(/longer than 1 s|within 1 seconds/);
  });

  it('leaves no process behind when it ends by itself', async () => {
    const pids = join(tempDir(), 'pids');
    const program = `
      import { spawn } from 'node:child_process';
      import { writeFileSync } from 'node:fs';
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      writeFileSync(${JSON.stringify(pids)}, JSON.stringify([child.pid]));
      console.log('left one');
      process.exit(0);
    `;
    const { result } = await useHandler({ program });
    expect(result?.value).toBe('left one');
    const [left = 0] = JSON.parse(readFileSync(pids, 'utf8')) as number[];
    await expect.poll(() => isGone(left)).toBe(true);
  });

  it('is stopped when it writes too much', async () => {
    const { result } = await useHandler({
      program: `const line = 'x'.repeat(65536); for (;;) if (!process.stdout.write(line)) await new Promise((done) => process.stdout.once('drain', done));`,
    });
    expect(result?.value).toBe(`it wrote more than ${MAX_HANDLER_ANSWER_BYTES} bytes and was stopped`);
  });

  it('has a bound on its memory, inside of the heap and outside', async () => {
    const heap = await useHandler({ program: 'const all = []; for (;;) all.push(new Array(100000).fill({}));' });
    expect(heap.result?.isError).toBe(true);
    expect(String(heap.result?.value)).toMatch(/^it failed \(killed by SIGABRT\)|^it needed too much memory/);
    const outside = await useHandler({ program: 'const all = []; for (;;) all.push(Buffer.alloc(10_000_000, 1));' });
    expect(outside.result?.value).toBe('it needed too much memory and was stopped');
  });

  it('tells failure as failure, with its last words and without secrets', async () => {
    const { result } = await useHandler({
      program: `console.error('first'); console.error('no stock for ' + process.env.SHOP_TOKEN); process.exit(3);`,
      tool: { env: { SHOP_TOKEN: 'env:SHOP_TOKEN' } },
      env: { SHOP_TOKEN: 'shop-token-value-1' },
    });
    expect(result).toMatchObject({
      isError: true,
      value: 'it failed (exit status 3): no stock for [redacted:SHOP_TOKEN]',
    });
  });

  it('takes no secret as an argument, and none that its schema does not name', async () => {
    const env = { TOKEN: 'shop-token-value-1' };
    const secret = await useHandler({ program: SUM, input: { a: 'shop-token-value-1' }, env });
    expect(secret.session.audit.map(({ details }) => details.rule)).toEqual(['secret']);
    const unknown = await useHandler({ program: SUM, input: { c: 1 } });
    expect(unknown.result?.value).toContain('do not fit');
  });

  it('ends with the run', async () => {
    const pids = join(tempDir(), 'pids');
    const program = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(pids)}, String(process.pid)); setInterval(() => {}, 1000);`;
    const { dir, tool } = handlerTool(program);
    const session = world({
      bundle: { dir, root: dir, customTools: toolsOf(tool) },
      script: [{ toolCalls: [call('compute', {})] }, { text: 'done' }],
    });
    const ended = session.run();
    const pid = () => {
      try {
        return Number(readFileSync(pids, 'utf8'));
      } catch {
        return 0;
      }
    };
    await expect.poll(pid, { timeout: 5_000 }).toBeGreaterThan(0);
    session.stop('cancelled');
    expect((await ended).outcome).toEqual({ type: 'cancelled' });
    await expect.poll(() => isGone(pid())).toBe(true);
  });
});
