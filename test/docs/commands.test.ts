import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { isUp, spawnAmodal } from '../support/amodal-process.ts';
import { freePort } from '../support/free-port.ts';
import { blocksOf, documentPages } from '../support/markdown-blocks.ts';
import { missingPrograms } from '../support/missing-programs.ts';
import { rootDir } from '../support/root-dir.ts';
import { createSandbox } from '../support/sample-sandbox.ts';
import { writeFiles } from '../support/temp-dir.ts';

const shell = promisify(execFile);

/** Pages whose commands talk to a running server; it is started beside them. */
const NEEDS_SERVER = new Set(['docs/calling.md', 'docs/http-api.md', 'docs/webhooks.md']);

/** Pages whose commands use the files that they show. */
const HAS_ITS_FILES = new Set(['docs/calling.md', 'docs/custom-tools.md', 'docs/tools.md']);

const pages = documentPages()
  .filter((page) => page !== 'README.md')
  .map((page) => ({ page, commands: blocksOf(page).filter(({ language }) => language === 'sh') }))
  .filter(({ commands }) => commands.length > 0);

describe('every command on a page works in a fresh clone', () => {
  test.for(pages)('$page', { timeout: 120_000 }, async ({ page, commands }, { skip }) => {
    const missing = missingPrograms(commands.map(({ code }) => code).join('\n'));
    skip(missing.length > 0, `this machine has no ${missing.join(' and no ')}`);
    const port = await freePort();
    const { dir, env } = createSandbox();
    if (HAS_ITS_FILES.has(page)) writeFiles(dir, filesOf(page));
    const server = NEEDS_SERVER.has(page) ? spawnAmodal({ dir, port, env }) : undefined;
    if (server) expect(await isUp(server), server.output()).toBe(true);
    const known = server ? { AMODAL_URL: server.url, AMODAL_TOKEN: server.token() } : {};
    for (const { code, line } of commands) {
      const run = shell('bash', ['--norc', '-eo', 'pipefail', '-c', code], { cwd: dir, env: { ...env, ...known } });
      await run.catch((error: { stderr: string; stdout: string }) => {
        throw new Error(`${page}:${line} failed:\n${error.stdout}${error.stderr}`);
      });
    }
    await server?.stop();
  });

  test('the two commands of the README are those that start the sample and that CI runs', () => {
    const commands = blocksOf('README.md')
      .filter(({ language }) => language === 'sh')
      .map(({ code }) => code.trim());
    expect(commands).toEqual(['npm install && npm start', 'npm install && npm test']);
    expect(readFileSync(join(rootDir, '.ci/run'), 'utf8')).toContain(commands[1]);
  });
});

describe('embedding', () => {
  test('the program of docs/embedding.md runs as it stands', { timeout: 60_000 }, async () => {
    const { dir, env } = createSandbox();
    const [block] = blocksOf('docs/embedding.md').filter(({ language }) => language === 'js');
    const program = (block?.code ?? '').replace("'amodal'", JSON.stringify(join(dir, 'dist/index.js')));
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: dir, env });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code, output).toBe(0);
    expect(output).toContain('session.status_closed');
  });
});

function filesOf(page: string): Readonly<Record<string, string>> {
  return Object.fromEntries(blocksOf(page).flatMap(({ path, code }) => (path ? [[path, `${code}\n`]] : [])));
}
