import type { WebhookAuth } from '../domain/automation.ts';
import { AmodalError } from '../domain/error.ts';
import { type ParsedPayload, parsePayload } from '../domain/parse-payload.ts';
import type { Secrets } from '../domain/ports/secrets.ts';
import type {
  Handshake,
  Verification,
  VerifyReason,
  WebhookIdentity,
  WebhookPreset,
  WebhookRequest,
} from '../domain/ports/webhook-preset.ts';
import type { Hook } from './find-hook.ts';
import type { IntakePorts } from './ports.ts';
import { queryLists } from './query-lists.ts';

/** What verification came to. */
export type Authentic =
  | {
      readonly type: 'authentic';
      readonly identity: WebhookIdentity;
      readonly parsed: ParsedPayload;
      /** What was signed, for senders whose same bytes again are a replay. */
      readonly replayKey?: string;
      readonly acceptedStatus?: number;
    }
  | { readonly type: 'refused'; readonly reason: Exclude<VerifyReason, 'config_error'> }
  /** Our own fault: the configuration cannot verify anything now. */
  | { readonly type: 'blocked' }
  /** The sender wants an answer of its own; nothing more is to be done. */
  | { readonly type: 'handshake'; readonly handshake: Handshake };

type OpenHook = Pick<Extract<Hook, { type: 'open' }>, 'automation' | 'bundle'>;

const PROVEN: Verification = { ok: true };

/** A request whose body was read. */
export interface ReadRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  /** Epoch ms: what a signed time is judged by. */
  readonly receivedAt: number;
  /** Its credential was found right before and is not kept. */
  readonly isProven?: true;
}

type Ports = Pick<IntakePorts, 'presets' | 'logger' | 'refusesUnauthenticated'>;

/**
 * Verifies the raw bytes before anything reads them, then asks for the sender's handshake. A hook without
 * `webhookAuth` is as secret as its URL.
 */
export function authenticate(ports: Ports, { automation, bundle }: OpenHook, read: ReadRequest): Authentic {
  const auth = automation.webhookAuth;
  const payload = once(() => parsePayload(read.body, read.headers['content-type']?.[0]));
  if (!auth) return { type: 'authentic', identity: {}, parsed: payload() };
  const ready = readyPreset(ports, auth, bundle.secrets, automation.name);
  if (!ready) return { type: 'blocked' };
  const { publicUrl } = automation.webhook;
  const request = {
    ...webhookRequest(read),
    payload,
    ...(publicUrl && { publicUrl: bundle.secrets.resolve(publicUrl) }),
  };
  const verification = read.isProven ? PROVEN : ready.verify(request, auth, bundle.secrets);
  if (!verification.ok) {
    const { reason } = verification;
    if (reason !== 'config_error') return { type: 'refused', reason };
    ports.logger.warn('webhookAuth cannot verify', { automation: automation.name, type: auth.type });
    return { type: 'blocked' };
  }
  const handshake = ready.handshake?.(request, auth, bundle.secrets);
  if (handshake) return { type: 'handshake', handshake };
  const { replayKey } = verification;
  return {
    type: 'authentic',
    identity: ready.identify(request, auth),
    parsed: payload(),
    ...(replayKey !== undefined && !ready.isGeneral && { replayKey }),
    ...(ready.acceptedStatus !== undefined && { acceptedStatus: ready.acceptedStatus }),
  };
}

/** The preset, or undefined (with a line in the log) when it or one of its secrets is not to be had. */
export function readyPreset(
  { presets, logger, refusesUnauthenticated }: Ports,
  auth: WebhookAuth,
  secrets: Secrets,
  automation: string,
): WebhookPreset | undefined {
  const preset = presetNamed(presets, auth.type);
  if (!preset) {
    logger.error('webhookAuth names an unknown type', { automation, type: auth.type });
    return undefined;
  }
  if (auth.type === 'none' && refusesUnauthenticated) {
    logger.error('webhookAuth "none" is not served beyond loopback: see --allow-unauthenticated-webhooks', {
      automation,
    });
    return undefined;
  }
  try {
    for (const secret of auth.secrets) secrets.resolve(secret);
    return preset;
  } catch (error) {
    if (!(error instanceof AmodalError)) throw error;
    logger.warn('a webhook secret is missing', { automation, error: error.message });
    return undefined;
  }
}

const byName = new WeakMap<readonly WebhookPreset[], ReadonlyMap<string, WebhookPreset>>();

function presetNamed(presets: readonly WebhookPreset[], name: string): WebhookPreset | undefined {
  const known = byName.get(presets) ?? new Map(presets.map((preset) => [preset.name, preset]));
  byName.set(presets, known);
  return known.get(name);
}

/** The request as presets see it. */
export function webhookRequest({ method, headers, query, body, receivedAt }: ReadRequest): WebhookRequest {
  return { method, headers, body, receivedAt, ...(query.size > 0 && { query: queryLists(query) }) };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
