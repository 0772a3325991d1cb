import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runAmodal } from '../support/amodal-process.ts';
import { rootDir } from '../support/root-dir.ts';
import { stubServer } from '../support/stub-server.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';
import { isGone } from '../tools/mcp/open-tools.ts';

const FIXTURE = fileURLToPath(new URL('../tools/mcp/fixture-server.mjs', import.meta.url));

const SHOW = `
const seen = Object.keys(process.env).sort();
let text = '';
for await (const chunk of process.stdin) text += chunk;
console.log(JSON.stringify({ seen, token: process.env.SHOP_TOKEN, input: JSON.parse(text) }));
`;

const AGENT = `---
description: Looks an order up
model: simple
tools: [order_status, show, request]
connections: [shop]
---

Look the order up.
`;

const SKILL = '---\ndescription: How to look\n---\n\nLook twice.\n';

const call = (tool: string, input: object = {}) => ({ tool, input });

/** One bundle with everything that a bundle can bring along, and a session that uses it all. */
function bundleFiles(url: string, log: string) {
  const scripted = (model: string) => ({ provider: 'scripted', model });
  return {
    'amodal.json': {
      name: 'shop',
      version: '1',
      models: { main: scripted('main'), simple: scripted('simple') },
      mcp: {
        servers: { fix: { command: process.execPath, args: [FIXTURE, JSON.stringify({ log })], readTools: ['echo'] } },
      },
    },
    'connections/shop/spec.json': { baseUrl: `${url}/v1`, auth: { type: 'bearer', token: 'env:SHOP_TOKEN' } },
    'connections/other/spec.json': { baseUrl: `${url}/other` },
    'tools/order_status/tool.json': {
      type: 'http',
      description: 'Looks an order up.',
      parameters: { properties: { id: { type: 'string' } }, required: ['id'] },
      connection: 'shop',
      method: 'GET',
      endpoint: '/orders/{id}',
    },
    'tools/show/tool.json': {
      type: 'handler',
      description: 'Shows what it has.',
      effect: 'read',
      parameters: { properties: { id: { type: 'string' } } },
      env: { SHOP_TOKEN: 'env:SHOP_TOKEN' },
    },
    'tools/show/handler.mjs': SHOW,
    'tools/pay/tool.json': { type: 'handler', description: 'Pays.' },
    'tools/pay/handler.mjs': `await fetch(${JSON.stringify(`${url}/paid`)}, { method: 'POST' });`,
    'tools/look_up/tool.json': {
      type: 'chain',
      description: 'Both.',
      parameters: { properties: { id: { type: 'string' } } },
      steps: [
        { name: 'order', tool: 'order_status', input: { id: '{{ input.id }}' } },
        { name: 'said', tool: 'fix_echo', input: { text: 'order {{ steps.order.state }}' } },
      ],
      result: { said: '{{ steps.said }}' },
    },
    'agents/clerk/AGENT.md': AGENT,
    'agents/clerk/AGENT.script.json': {
      turns: [
        {
          toolCalls: [
            call('order_status', { id: '9' }),
            call('request', { connection: 'other', method: 'GET', endpoint: '/x' }),
          ],
        },
        { text: 'clerk: {{ results[0].state }}' },
      ],
    },
    'skills/looking/SKILL.md': SKILL,
    'skills/secret/SKILL.md': SKILL,
    'automations/ask.json': {
      prompt: 'Ask.',
      skills: ['looking'],
      agents: ['clerk'],
      delivery: { targets: [{ type: 'file', path: 'out.jsonl' }] },
    },
    'automations/ask.script.json': {
      turns: [
        {
          toolCalls: [
            call('look_up', { id: '7' }),
            call('show', { id: '7' }),
            call('pay'),
            call('fix_delete_all'),
            call('skill_read', { name: 'looking' }),
            call('skill_read', { name: 'secret' }),
            call('dispatch', { agent: 'clerk', task: 'Look', prompt: 'Order 9' }),
          ],
        },
        { text: '{{ results | tojson }}' },
      ],
    },
  };
}

it('a bundle brings its own tools, servers, agents and skills, each within its lists', async () => {
  const upstream = await stubServer(({ url }) => ({
    body: JSON.stringify({ state: `shipped ${url.split('/').at(-1)}` }),
  }));
  const dir = tempDir();
  const log = join(tempDir(), 'log');
  writeFiles(dir, bundleFiles(upstream.url, log));
  const env = { SHOP_TOKEN: 'shop-token-value-1', OTHER_SECRET: 'other-secret-value-2' };
  const ran = await runAmodal(['--dir', dir, 'ops', 'automations', 'trigger', 'ask', '--wait'], { env });
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const delivered = JSON.parse(readFileSync(join(dir, 'out.jsonl'), 'utf8')) as { result: string };
  const [lookedUp, shown, paid, deleted, skill, otherSkill, clerk] = JSON.parse(delivered.result);
  expect(lookedUp).toEqual({ said: 'order shipped 7' });
  expect(shown).toEqual({ seen: ['SHOP_TOKEN'], token: '[redacted:SHOP_TOKEN]', input: { id: '7' } });
  expect(paid).toContain('this run is read-only');
  expect(deleted).toContain('this run is read-only');
  expect(skill).toBe('Look twice.');
  expect(otherSkill).toContain('there is no skill "secret"; there are: looking');
  expect(clerk).toBe('clerk: shipped 9');
  // What has left: two reads of the one connection, with its own token; one reading call of the server.
  expect(upstream.requests.map(({ method, url }) => `${method} ${url}`).sort()).toEqual([
    'GET /v1/orders/7',
    'GET /v1/orders/9',
  ]);
  expect(new Set(upstream.requests.map(({ headers }) => headers.authorization))).toEqual(
    new Set(['Bearer shop-token-value-1']),
  );
  expect(
    existsSync(log) &&
      readFileSync(log, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).name),
  ).toEqual(['echo']);
  expect(JSON.stringify([delivered, ran])).not.toContain('-value-');
}, 60_000);

it('a handler ends at its limit even when the runtime was killed', async () => {
  const dir = tempDir();
  const pids = join(tempDir(), 'pid');
  writeFiles(dir, {
    'tools/wait/tool.json': { type: 'handler', description: 'Waits.', effect: 'read', timeoutSeconds: 3 },
    'tools/wait/handler.mjs': `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(pids)}, String(process.pid)); for (;;) {}`,
    'automations/wait.json': { prompt: 'Wait.' },
    'automations/wait.script.json': { turns: [{ toolCalls: [call('wait')] }, { text: 'done' }] },
  });
  const args = [join(rootDir, 'bin/amodal.js'), '--dir', dir, 'ops', 'automations', 'trigger', 'wait', '--wait'];
  const runtime = spawn(process.execPath, args, { env: { PATH: process.env.PATH }, stdio: 'ignore' });
  const pid = () => (existsSync(pids) ? Number(readFileSync(pids, 'utf8')) : 0);
  await expect.poll(pid, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(isGone(pid())).toBe(false);
  runtime.kill('SIGKILL');
  await expect.poll(() => isGone(pid()), { timeout: 10_000 }).toBe(true);
}, 60_000);
