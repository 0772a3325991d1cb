import type { Automation } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import { AmodalError } from '../domain/error.ts';
import type { SampleRequest } from '../domain/ports/webhook-preset.ts';
import { requireAutomation } from './find-automation.ts';
import type { OperationsPorts, SelfAnswer } from './ports.ts';
import type { WebhookOperations, WebhookTestResult } from './webhook-operations.ts';
import { webhookUrl } from './webhook-url.ts';
import { requireHook } from './webhook-url-of.ts';

/** Plays the sender: the answer is what the sender would hear, and an accepted sample runs like any other event. */
export function testWebhook(ports: OperationsPorts): WebhookOperations['testWebhook'] {
  return async (name, { event, privateKey, by }) => {
    const bundle = ports.bundles.active();
    requireHook(bundle, name);
    const automation = requireAutomation(bundle, name);
    const url = webhookUrl(ports, await ports.database.getAutomationState(name));
    const sample = sampleOf(ports, { automation, bundle, event, privateKey });
    if (!sample.ok) throw new AmodalError('conflict', `"${name}" cannot be tested from here: ${sample.reason}.`);
    const result = resultOf(name, url, await ports.sendToSelf({ ...sample, url }));
    const details = { httpStatus: result.httpStatus };
    const now = ports.clock.now();
    await ports.database.appendAudit({ action: 'webhook.tested', actor: by, automation: name, details }, now);
    return result;
  };
}

export interface Sampling {
  readonly automation: Automation;
  readonly bundle: Bundle;
  /** The body's exact text; undefined = the sender's own example. */
  readonly event?: string;
  /** PKCS #8 PEM, for senders who alone have theirs. */
  readonly privateKey?: string;
}

/** A request as the automation's sender would make it, or why nobody else can. */
export function sampleOf(
  { presets, newId, clock }: Pick<OperationsPorts, 'presets' | 'newId' | 'clock'>,
  { automation, bundle, event, privateKey }: Sampling,
): SampleRequest {
  const { webhookAuth: auth, webhook } = automation;
  const body = event === undefined ? undefined : Buffer.from(event, 'utf8');
  const now = clock.now();
  if (!auth)
    return unsigned(
      body ?? Buffer.from(JSON.stringify({ message: 'A sample event', sentAt: new Date(now).toISOString() })),
    );
  const preset = presets.find(({ name }) => name === auth.type);
  if (!preset?.sampleRequest) return { ok: false, reason: `nobody knows how ${auth.type} signs` };
  const publicUrl = webhook.publicUrl && bundle.secrets.resolve(webhook.publicUrl);
  const given = { now, id: newId('evt'), body, publicUrl, privateKey };
  try {
    return preset.sampleRequest(given, auth, bundle.secrets);
  } catch (error) {
    return { ok: false, reason: `the private key cannot sign (${error instanceof Error ? error.message : 'unknown'})` };
  }
}

function unsigned(body: Buffer): SampleRequest {
  return { ok: true, method: 'POST', headers: { 'content-type': 'application/json' }, body };
}

function resultOf(automation: string, url: string, answer: SelfAnswer): WebhookTestResult {
  if (!answer.ok) return { automation, url, ok: false, httpStatus: null, answer: null, error: answer.error };
  const { status, text } = answer;
  const ok = status >= 200 && status < 300;
  return { automation, url, ok, httpStatus: status, answer: parsed(text), error: null };
}

function parsed(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return text;
  }
}
