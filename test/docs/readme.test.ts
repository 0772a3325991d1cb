import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { missingPrograms } from '../support/missing-programs.ts';
import { createSandbox } from '../support/sample-sandbox.ts';

test('the walk through the README: start, post the printed curl, watch, history, edit, break, repair', {
  timeout: 120_000,
}, async ({ skip }) => {
  const missing = missingPrograms('curl openssl');
  skip(missing.length > 0, `this machine has no ${missing.join(' and no ')}`);
  const port = await freePort();
  const { dir, env } = createSandbox();
  const child = spawn('npm', ['start', '--silent', '--', '--port', String(port)], { cwd: dir, env });
  let output = '';
  const keep = (chunk: Buffer) => {
    output += chunk;
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  try {
    await until(
      () => output.includes('Try'),
      () => output,
    );
    expect(output).toContain('scripted');
    for (const name of ['incident-responder', 'morning-brief', 'webhooks/auto_']) expect(output).toContain(name);

    const curl = /BODY=[\s\S]*?-d "\$BODY"/.exec(output)?.[0] ?? '';
    const accepted = JSON.parse(sh(dir, env, curl)) as { status: string; run: string; automation: string };
    expect(accepted).toMatchObject({ status: 'accepted', automation: 'incident-responder' });

    const logs = sh(dir, env, `npx amodal ops runs logs -f ${accepted.run}`);
    expect(logs).toContain('refused');
    const history = JSON.parse(sh(dir, env, 'npx amodal ops automations history incident-responder --json'));
    expect(history[0]).toMatchObject({ id: accepted.run, status: 'succeeded' });
    expect(readFileSync(join(dir, '.amodal/out/incidents.jsonl'), 'utf8')).toContain(accepted.run);

    const file = join(dir, 'automations/commit-digest.json');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.replace('0 9 * * 1-5', '45 9 * * 1-5'));
    await until(
      () => output.includes('45 9 * * 1-5'),
      () => output,
    );
    writeFileSync(file, good.replace('"prompt"', '"promt"'));
    await until(
      () => /commit-digest\.json:\d+:\d+ /.test(output) && output.includes('prompt'),
      () => output,
    );
    writeFileSync(file, good);
    await until(
      () => output.lastIndexOf('0 broken') > output.lastIndexOf('1 broken'),
      () => output,
    );
  } finally {
    const { pid } = JSON.parse(readFileSync(join(dir, '.amodal/runtime.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGTERM');
  }
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code, output).toBe(0);
});

function sh(cwd: string, env: Readonly<Record<string, string>>, script: string): string {
  return execFileSync('bash', ['--norc', '-eo', 'pipefail', '-c', script], { cwd, env, encoding: 'utf8' });
}

async function until(condition: () => boolean, describe: () => string): Promise<void> {
  const end = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`did not happen in 20 s:\n${describe()}`);
    await delay(25);
  }
}
