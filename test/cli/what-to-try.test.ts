import { describe, expect, it } from 'vitest';
import { whatToTry } from '../../src/cli/print/what-to-try.ts';
import type { WebhookAuth } from '../../src/domain/automation.ts';
import { serverWorld } from '../server/world.ts';
import { madeAutomation, madeBundle } from '../support/made-bundle.ts';

const HMAC: WebhookAuth = { type: 'hmac-sha256', secrets: ['env:HOOK_SECRET'], options: { header: 'X-Signature' } };

/** What a newcomer is told of a bundle whose only automation has this webhook. */
async function told(webhookAuth: WebhookAuth | undefined): Promise<string> {
  const hook = madeAutomation({ name: 'hook', trigger: 'webhook', ...(webhookAuth && { webhookAuth }) });
  const { operations } = await serverWorld({ automations: [hook] });
  return whatToTry({ bundle: madeBundle({ automations: [hook] }), operations, io: { style: (_style, text) => text } });
}

describe('what to try', () => {
  it('is a signed post in one line of a shell where the body alone is signed', async () => {
    const text = await told(HMAC);
    expect(text).toContain("SECRET=$(sed -n 's/^HOOK_SECRET=//p' .env)");
    expect(text).toMatch(/curl -sS \S+\/webhooks\/auto_[0-9a-f]+ .*X-Signature: sha256=\$SIGNATURE/);
  });

  it('is a plain post where nothing is signed', async () => {
    expect(await told(undefined)).toMatch(
      /curl -sS \S+\/webhooks\/auto_[0-9a-f]+ -H 'content-type: application\/json' -d/,
    );
    expect(await told({ type: 'none', secrets: [], options: {} })).toContain('curl -sS');
  });

  it.each([
    [{ ...HMAC, type: 'github', options: {} }, 'test hook\n'],
    [{ ...HMAC, type: 'stripe', options: {} }, 'test hook\n'],
    [{ ...HMAC, options: { header: 'X-Signature', encoding: 'base64' } }, 'test hook\n'],
    [{ ...HMAC, options: { header: 'X-Signature', signedPayload: 'v0:{body}' } }, 'test hook\n'],
    [{ ...HMAC, type: 'discord', options: {} }, 'test hook --private-key <file>\n'],
  ])('is the test command for everything else: %j', async (auth, command) => {
    expect(await told(auth)).toContain(`  npx amodal ops webhooks ${command}`);
  });

  it('never shows a secret that stands in the file itself', async () => {
    const text = await told({ ...HMAC, secrets: ['literal-secret-0123456789'] });
    expect(text).not.toContain('literal-secret');
    expect(text).toContain('npx amodal ops webhooks test hook');
  });
});
