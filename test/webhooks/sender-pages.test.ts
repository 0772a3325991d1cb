import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { WebhookAuth } from '../../src/domain/automation.ts';
import { matchesEvents } from '../../src/domain/webhook-filter.ts';
import { WEBHOOK_PRESETS } from '../../src/webhooks/index.ts';
import { blocksOf } from '../support/markdown-blocks.ts';
import { rootDir } from '../support/root-dir.ts';
import { type StubRequest, stubServer } from '../support/stub-server.ts';
import { presetNamed, secretsFrom } from '../support/webhook-requests.ts';
import { SECRET } from '../support/webhook-senders.ts';

const shell = promisify(execFile);

interface PageFile {
  readonly webhookAuth: { readonly type: string; readonly secret?: string };
  readonly webhook?: { readonly publicUrl?: string; readonly events?: readonly string[] };
}

/** Senders whose private key nobody else has: their pages say so instead of showing a request. */
const UNSIGNABLE = new Set(['discord', 'sendgrid']);
const SENDERS = WEBHOOK_PRESETS.filter(({ page }) => page !== undefined).map(({ name }) => name);
/** General types that have a page of their own. */
const GENERAL = ['token', 'bearer', 'basic', 'none'];
const PAGES = [...SENDERS, ...GENERAL, 'README'];
const WHSEC = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;

describe('the pages of senders', () => {
  it.each(PAGES)('%s: has a page with an automation whose webhookAuth is sound', (name) => {
    expect(existsSync(join(rootDir, pageOf(name)))).toBe(true);
    const { auth, file } = configOf(name);
    expect(auth.type).toBe(name === 'README' ? 'hmac-sha256' : name);
    const settings = file.webhook?.publicUrl ? { publicUrl: file.webhook.publicUrl } : {};
    expect(presetNamed(auth.type).check(auth, secretsFrom(envOf(name)), settings)).toEqual([]);
  });

  it.each(PAGES.filter((name) => !UNSIGNABLE.has(name)))(
    '%s: the request of the page verifies and is one of its events',
    async (name) => {
      const stub = await stubServer(() => ({ status: 202 }));
      const [block] = blocksOf(pageOf(name)).filter(({ language }) => language === 'bash');
      const script = (block?.code ?? '').replace('http://127.0.0.1:3847', stub.url);
      await shell('bash', ['-euo', 'pipefail', '-c', script], {
        env: { PATH: process.env.PATH, HOOK_URL: `${stub.url}/webhooks/auto_x`, ...envOf(name) },
      });

      const { auth, file } = configOf(name);
      const request = requestOf(stub.requests[0], file.webhook?.publicUrl);
      const preset = presetNamed(auth.type);
      expect(preset.verify(request, auth, secretsFrom(envOf(name)))).toMatchObject({ ok: true });
      const { eventType } = preset.identify(request, auth);
      expect(matchesEvents(file.webhook?.events ?? ['*'], [eventType ?? ''])).toBe(true);
    },
  );
});

function pageOf(name: string): string {
  return `docs/senders/${name}.md`;
}

function configOf(name: string): { readonly auth: WebhookAuth; readonly file: PageFile } {
  const block = blocksOf(pageOf(name)).find(
    ({ language, path }) => language === 'json' && path?.startsWith('automations/'),
  );
  const file = JSON.parse(block?.code ?? '') as PageFile;
  const { type, secret, ...options } = file.webhookAuth;
  return { auth: { type, secrets: secret === undefined ? [] : [secret], options }, file };
}

/** A value for each variable that the page names. */
function envOf(name: string): Readonly<Record<string, string>> {
  const text = blocksOf(pageOf(name))
    .map(({ code }) => code)
    .join('\n');
  const names = [...text.matchAll(/env:([A-Z][A-Z0-9_]*)/g)].map(([, variable = '']) => variable);
  return Object.fromEntries(names.map((variable) => [variable, variable.endsWith('SIGNING_TOKEN') ? WHSEC : SECRET]));
}

function requestOf(request: StubRequest | undefined, publicUrl: string | undefined) {
  const headers: Record<string, string[]> = {};
  const raw = request?.rawHeaders ?? [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    headers[name] = [...(headers[name] ?? []), raw[index + 1] ?? ''];
  }
  return {
    method: request?.method ?? '',
    headers,
    body: Buffer.from(request?.body ?? ''),
    receivedAt: Date.now(),
    ...(publicUrl !== undefined && { publicUrl }),
  };
}
