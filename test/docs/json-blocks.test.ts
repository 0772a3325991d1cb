import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '../../src/domain/diagnostic.ts';
import { runAmodal } from '../support/amodal-process.ts';
import { blocksOf, documentPages, type MarkdownBlock } from '../support/markdown-blocks.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

/** Long enough for a secret and a URL at once. */
const ANY_VALUE = 'https://hooks.example/abcdefghijklmnopqrstuvwxyz';
/** Signing tokens of Standard Webhooks are 32 bytes in base64. */
const SIGNING_TOKEN = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;

const pages = documentPages()
  .map((page) => ({ page, files: blocksOf(page).filter(isFile) }))
  .filter(({ files }) => files.length > 0);

describe('what the pages show as files', () => {
  test.each(pages)('$page is a bundle without errors', async ({ files }) => {
    const dir = tempDir();
    writeFiles(dir, Object.fromEntries(files.map(({ path, code }) => [path, `${code}\n`])));
    const env = Object.fromEntries(
      files.flatMap(({ code }) => variablesOf(code)).map((name) => [name, valueFor(name)]),
    );
    const { stdout, code } = await runAmodal(['--dir', dir, 'validate', '--json'], { env });
    const errors = (JSON.parse(stdout) as Parameters<typeof formatDiagnostic>[0][]).filter(
      ({ severity }) => severity === 'error',
    );
    expect(errors.map(formatDiagnostic)).toEqual([]);
    expect(code).toBe(0);
  });

  test('every JSON block parses, and one that is an automation names its file', () => {
    for (const page of documentPages()) {
      for (const block of blocksOf(page).filter(({ language }) => language === 'json')) {
        const value = JSON.parse(block.code) as Record<string, unknown>;
        const where = join(page, String(block.line));
        if ('prompt' in value) expect(block.path, where).toMatch(/^automations\//);
      }
    }
  });
});

function isFile(block: MarkdownBlock): block is MarkdownBlock & { path: string } {
  return block.path !== undefined && ['json', 'markdown', 'js'].includes(block.language);
}

function valueFor(name: string): string {
  return name.endsWith('SIGNING_TOKEN') ? SIGNING_TOKEN : ANY_VALUE;
}

function variablesOf(code: string): readonly string[] {
  return [...code.matchAll(/env:([A-Z][A-Z0-9_]*)/g)].map(([, name = '']) => name);
}
