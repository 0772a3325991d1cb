import { createHmac } from 'node:crypto';
import { writeFiles } from '../support/temp-dir.ts';

const SECRET = 'crash-sweep-secret-0123456789';

/** A bundle with every kind of work that a crash can hurt: reads, writes, failures with alerts, a schedule. */
export function writeCrashBundle(dir: string, upstream: string, { cron }: { readonly cron: string }): void {
  const hook = (prompt: string, more: Readonly<Record<string, unknown>> = {}) => ({
    prompt,
    trigger: 'webhook',
    webhookAuth: { type: 'hmac-sha256', secret: 'env:HOOK_SECRET', header: 'X-Signature-256' },
    retry: { attempts: 3, backoffSeconds: [1] },
    // Three kills in one run are a failure, and ten of those in a row would pause the automation.
    limits: { autoPauseAfter: 0 },
    delivery: { targets: [{ type: 'webhook', url: `${upstream}/results` }] },
    ...more,
  });
  writeFiles(dir, {
    'amodal.json': {
      name: 'crash',
      version: '1',
      models: { main: { provider: 'openai-compatible', model: 'stub', baseUrl: `${upstream}/v1` } },
    },
    'connections/ledger/spec.json': { baseUrl: upstream },
    'connections/ledger/access.json': { endpoints: { 'POST /entries': { intent: 'write' } } },
    'automations/reader.json': hook('Read the items.'),
    'automations/writer.json': hook('Write an entry.', { writeEnabled: true }),
    'automations/failing.json': hook('Fail.', {
      failureAlert: { after: 1, cooldownMinutes: 1, targets: [{ type: 'webhook', url: `${upstream}/alerts` }] },
    }),
    'automations/ticker.json': {
      prompt: 'Tick.',
      schedule: cron,
      overlap: 'parallel',
      limits: { autoPauseAfter: 0 },
      missed: { policy: 'all', withinMinutes: 60 },
      delivery: { targets: [{ type: 'webhook', url: `${upstream}/results` }] },
    },
  });
}

export const CRASH_ENV = { HOOK_SECRET: SECRET, AMODAL_SECRET: 'crash-instance-secret-0123456789' } as const;

/** Posts one signed event; the status, or undefined when the connection broke. */
export async function postEvent(
  base: string,
  automation: string,
  id: string,
): Promise<{ readonly status: number; readonly run?: string; readonly verdict?: string } | undefined> {
  const body = JSON.stringify({ id, text: 'something happened' });
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  try {
    const response = await fetch(`${base}/webhooks/${automation}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-signature-256': `sha256=${signature}`,
        'idempotency-key': id,
      },
      body,
      signal: AbortSignal.timeout(5000),
    });
    const answer = (await response.json()) as { run?: string; status?: string };
    return { status: response.status, run: answer.run, verdict: answer.status };
  } catch {
    return undefined;
  }
}
