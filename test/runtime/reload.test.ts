import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { commitAll, git, gitRepository } from '../bundle/repository.ts';
import { type AmodalProcess, startAmodal } from '../support/amodal-process.ts';
import { freePort } from '../support/free-port.ts';
import { type StubServer, stubServer } from '../support/stub-server.ts';
import { writeFiles } from '../support/temp-dir.ts';

const run = promisify(execFile);

const FILES = 300;
const SWITCHES = 60;
const HOOKS = 6;
const SECRET = 'a-long-enough-secret-of-a-sender';

/** One version of a bundle: every part of it tells which. */
function bundle(version: 'even' | 'odd', results: string): Readonly<Record<string, unknown>> {
  const files: Record<string, unknown> = {
    'amodal.json': { name: 'switching', version: '1' },
    'knowledge/version.md': `${version}\n`,
    '.gitignore': '.amodal/\n',
  };
  for (let number = 0; number < HOOKS; number += 1) {
    files[`automations/hook${number}.json`] = {
      title: version,
      prompt: 'Which version is this?',
      trigger: 'webhook',
      webhookAuth: { type: 'hmac-sha256', secret: 'env:HOOK_SECRET', header: 'X-Signature-256' },
      delivery: { targets: [{ type: 'webhook', url: results }] },
    };
    files[`automations/hook${number}.script.json`] = {
      turns: [
        { toolCalls: [{ tool: 'knowledge_read', input: { path: 'version' } }] },
        { text: `${version} read {{ results[0] | trim }}` },
      ],
    };
  }
  for (let number = Object.keys(files).length; number < FILES; number += 1) {
    const tags = version === 'odd' ? ['one more line'] : [];
    files[`automations/a${number}.json`] = { title: version, prompt: version, tags };
  }
  // A version is told by its number of files, too.
  return version === 'odd' ? { ...files, 'automations/extra.json': { title: version, prompt: version } } : files;
}

/** Posts signed events one after another until told to stop; what was accepted. */
async function postEvents({ url }: AmodalProcess, isOver: () => boolean): Promise<readonly string[]> {
  const accepted: string[] = [];
  for (let number = 0; !isOver(); number += 1) {
    const body = JSON.stringify({ id: `event-${number}` });
    const signature = createHmac('sha256', SECRET).update(body).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'x-signature-256': signature,
      'x-request-id': String(number),
    };
    const response = await fetch(`${url}/webhooks/hook${number % HOOKS}`, { method: 'POST', headers, body });
    const answer = (await response.json()) as { readonly run?: string };
    if (response.status !== 202 || !answer.run) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
    accepted.push(answer.run);
  }
  return accepted;
}

/** The version of every automation that the API lists at once, and how many there are. */
async function listed(amodal: AmodalProcess): Promise<string> {
  const headers = { authorization: `Bearer ${amodal.token()}` };
  const response = await fetch(`${amodal.url}/api/automations`, { headers });
  const body = (await response.json()) as readonly { readonly title: string }[];
  return `${body.length} of ${[...new Set(body.map(({ title }) => title))].sort().join(' and ')}`;
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await delay(50);
}

function resultsOf({ requests }: StubServer): readonly string[] {
  return requests.map(({ body }) => (JSON.parse(body) as { readonly result: string }).result);
}

it('shows no mixed and no partial bundle while Git switches a large one under load', async () => {
  const upstream = await stubServer();
  const dir = gitRepository(bundle('even', upstream.url));
  git(dir, ['checkout', '-q', '-b', 'odd']);
  writeFiles(dir, bundle('odd', upstream.url));
  commitAll(dir, 'odd');
  const amodal = await startAmodal({ dir, port: await freePort(), mode: 'dev', env: { HOOK_SECRET: SECRET } });
  let isOver = false;
  const posting = postEvents(amodal, () => isOver);
  const whole = '292 of odd';
  expect(await listed(amodal)).toBe(whole);
  const seen = new Map<string, number>();
  for (let at = 0; at < SWITCHES; at += 1) {
    await run('git', ['checkout', '-q', at % 2 === 0 ? 'main' : 'odd'], { cwd: dir });
    // Some switches come while the one before is still being read.
    for (let look = 0; look < at % 5; look += 1) {
      const now = await listed(amodal);
      seen.set(now, (seen.get(now) ?? 0) + 1);
      await delay(40);
    }
  }
  await until(async () => (await listed(amodal)) === whole);
  isOver = true;
  const accepted = await posting;
  await until(() => upstream.requests.length >= accepted.length);
  const delivered = resultsOf(upstream);
  const versions = [...new Set(delivered)].sort();
  const figures = { files: FILES, switches: SWITCHES, lists: Object.fromEntries(seen), accepted: accepted.length };
  process.stdout.write(`reload: ${JSON.stringify({ ...figures, delivered: delivered.length, versions })}\n`);
  expect([...seen.keys()].sort()).toEqual(['291 of even', whole]);
  expect(versions).toEqual(['even read even', 'odd read odd']);
  expect(delivered).toHaveLength(accepted.length);
}, 180_000);
