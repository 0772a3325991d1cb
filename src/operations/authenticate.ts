import type { WebhookAuth } from '../domain/automation.ts';
import { AmodalError } from '../domain/error.ts';
import type { Secrets } from '../domain/ports/secrets.ts';
import type { VerifyReason, WebhookIdentity, WebhookPreset, WebhookRequest } from '../domain/ports/webhook-preset.ts';
import type { Hook } from './find-hook.ts';
import type { InboundAnswer, InboundRequest } from './inbound.ts';
import { handshakeAnswer, unavailable } from './inbound-answer.ts';
import type { IntakePorts } from './ports.ts';
import { queryLists } from './query-lists.ts';

/** What verification came to. */
export type Authentic =
  | { readonly type: 'authentic'; readonly identity: WebhookIdentity; readonly acceptedStatus?: number }
  | { readonly type: 'refused'; readonly reason: VerifyReason }
  /** Our own fault, or a handshake: nothing more is to be done. */
  | { readonly type: 'answer'; readonly answer: InboundAnswer };

type OpenHook = Extract<Hook, { type: 'open' }>;

/**
 * Verifies the raw bytes before anything reads them, then answers the sender's handshake. A hook without `webhookAuth`
 * is as secret as its URL.
 */
export function authenticate(
  ports: IntakePorts,
  { automation, bundle }: OpenHook,
  inbound: InboundRequest,
  body: Buffer,
): Authentic {
  const auth = automation.webhookAuth;
  if (!auth) return { type: 'authentic', identity: {} };
  const ready = readyPreset(ports, auth, bundle.secrets, automation.name);
  if (!ready) return { type: 'answer', answer: unavailable() };
  const request = webhookRequest(inbound, body, {
    receivedAt: ports.clock.now(),
    publicUrl: automation.webhook.publicUrl && bundle.secrets.resolve(automation.webhook.publicUrl),
  });
  const verification = ready.verify(request, auth, bundle.secrets);
  if (!verification.ok) {
    if (verification.reason !== 'config_error') return { type: 'refused', reason: verification.reason };
    ports.logger.warn('webhookAuth cannot verify', { automation: automation.name, type: auth.type });
    return { type: 'answer', answer: unavailable() };
  }
  const handshake = ready.handshake?.(request, auth, bundle.secrets);
  if (handshake) return { type: 'answer', answer: handshakeAnswer(handshake) };
  return { type: 'authentic', identity: ready.identify(request, auth), acceptedStatus: ready.acceptedStatus };
}

/** The preset, or undefined (with a line in the log) when it or one of its secrets is not to be had. */
export function readyPreset(
  { presets, logger }: Pick<IntakePorts, 'presets' | 'logger'>,
  auth: WebhookAuth,
  secrets: Secrets,
  automation: string,
): WebhookPreset | undefined {
  const preset = presets.find(({ name }) => name === auth.type);
  if (!preset) {
    logger.error('webhookAuth names an unknown type', { automation, type: auth.type });
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

/** The request as presets see it. */
export function webhookRequest(
  { method, headers, query }: InboundRequest,
  body: Buffer,
  rest: Pick<WebhookRequest, 'receivedAt' | 'publicUrl'>,
): WebhookRequest {
  return { method, headers, body, query: queryLists(query), ...rest };
}
