import type { WebhookAuth } from '../../src/domain/automation.ts';
import { AmodalError } from '../../src/domain/error.ts';
import type { Secrets } from '../../src/domain/ports/secrets.ts';
import type { SampleRequest, WebhookPreset, WebhookRequest } from '../../src/domain/ports/webhook-preset.ts';
import { variableOf } from '../../src/domain/secret.ts';
import { WEBHOOK_PRESETS } from '../../src/webhooks/index.ts';

/** One line of `webhooks.json`. */
export interface WebhookVector {
  readonly id: string;
  readonly sender: string;
  readonly auth: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly secret: string;
  readonly secrets?: readonly string[];
  readonly method?: string;
  readonly url?: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  readonly bodyBase64?: string;
  /** Unix seconds. */
  readonly now: number;
  readonly valid: boolean;
  readonly expect: string;
  readonly layer?: 'unit';
}

/** The preset of a name; throws when there is none. */
export function presetNamed(name: string): WebhookPreset {
  const preset = WEBHOOK_PRESETS.find((one) => one.name === name);
  if (!preset) throw new Error(`no preset is called ${name}`);
  return preset;
}

/** Secrets that resolve from a record, as a bundle load makes them. */
export function secretsFrom(env: Readonly<Record<string, string>> = {}): Secrets {
  return {
    resolve: (reference) => {
      const name = variableOf(reference);
      if (name === undefined) return reference;
      const value = env[name];
      if (value === undefined) throw new AmodalError('unavailable', `${name} is not set`);
      return value;
    },
    redact: (text) => text,
    leaks: () => [],
    variable: (name) => env[name],
  };
}

/** The request that a vector describes. */
export function requestOfVector(vector: WebhookVector): WebhookRequest {
  const body =
    vector.bodyBase64 === undefined ? Buffer.from(vector.body ?? '', 'utf8') : Buffer.from(vector.bodyBase64, 'base64');
  return {
    method: vector.method ?? 'POST',
    headers: linesOf(vector.headers),
    body,
    receivedAt: vector.now * 1000,
    ...(vector.url !== undefined && { publicUrl: vector.url }),
  };
}

/** The `webhookAuth` of a vector, its secrets written out. */
export function authOfVector({ auth, secret, secrets }: WebhookVector): WebhookAuth {
  const { type, ...options } = auth;
  return { type, secrets: secrets ?? [secret], options };
}

/** A made-up request as it arrives. */
export function arrived(
  sample: SampleRequest,
  options: { readonly receivedAt: number; readonly publicUrl?: string },
): WebhookRequest {
  if (!sample.ok) throw new Error(sample.reason);
  return { method: sample.method, headers: linesOf(sample.headers), body: sample.body, ...options };
}

/** Headers as the listener hands them on: lower-case names, a list of lines each. */
export function linesOf(
  headers: Readonly<Record<string, string | readonly string[]>>,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), typeof value === 'string' ? [value] : value]),
  );
}
