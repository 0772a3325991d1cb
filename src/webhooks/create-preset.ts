import type { WebhookAuth } from '../domain/automation.ts';
import type { Secrets } from '../domain/ports/secrets.ts';
import type { Verification, WebhookPreset, WebhookRequest } from '../domain/ports/webhook-preset.ts';
import type { AuthShape } from './auth-shape.ts';
import { checkSender } from './check-sender.ts';
import { headerLines } from './header-lines.ts';
import { identify } from './identify.ts';
import { payloadOf } from './payload-of.ts';
import { createKeyCache, type KeysReading, referencesOf, resolved } from './read-keys.ts';
import { readShape } from './read-shape.ts';
import { identityHeaders, readingOf } from './reading.ts';
import { sampleRequest } from './sample-request.ts';
import type { HandshakeContext, Sender } from './sender.ts';
import { verifySignature } from './verify-signature.ts';
import { verifyToken } from './verify-token.ts';

/** The preset that a sender's data describes. */
export function createPreset(sender: Sender): WebhookPreset {
  const shapes = new WeakMap<WebhookAuth, { readonly shape: AuthShape | undefined }>();
  const shapeOf = (auth: WebhookAuth): AuthShape | undefined => {
    const known = shapes.get(auth) ?? { shape: readCompleteShape(sender, auth) };
    shapes.set(auth, known);
    return known.shape;
  };
  const keysOf = createKeyCache();
  const singular = identityHeaders(sender);
  const verify: WebhookPreset['verify'] = (request, auth, secrets) =>
    verifyRequest(request, { sender, singular, auth, shape: shapeOf(auth), secrets, keysOf });
  const { handshake, acceptedStatus, answersGet, page, isGeneral, events } = sender;
  return {
    name: sender.name,
    check: (auth, secrets, settings) => checkSender({ sender, auth, secrets, ...(settings && { settings }) }),
    verify,
    identify: (request, auth) => identify(request, sender, shapeOf(auth)),
    reading: (auth) => {
      const shape = shapeOf(auth);
      return shape && readingOf(sender, auth, shape);
    },
    sampleRequest: (options, auth, secrets) => {
      const shape = shapeOf(auth);
      if (!shape) return { ok: false, reason: checkSender({ sender, auth, secrets }).join('; ') };
      return sampleRequest(options, { sender, auth, shape, secrets });
    },
    ...(handshake && {
      handshake: (request, auth, secrets) =>
        handshake(request, payloadOf(request), contextOf(request, { auth, secrets, verify })),
    }),
    ...(acceptedStatus !== undefined && { acceptedStatus }),
    ...(answersGet && { answersGet }),
    ...(page !== undefined && { page }),
    ...(isGeneral && { isGeneral }),
    ...(events && { events }),
  };
}

function readCompleteShape(sender: Sender, auth: WebhookAuth): AuthShape | undefined {
  const { shape, problems } = readShape(sender.auth, auth.options, { extraFields: sender.extraFields ?? [] });
  return problems.length > 0 ? undefined : shape;
}

interface Verifying {
  readonly sender: Sender;
  /** Headers that may come at most once. */
  readonly singular: readonly string[];
  readonly auth: WebhookAuth;
  readonly shape: AuthShape | undefined;
  readonly secrets: Secrets;
  readonly keysOf: (auth: WebhookAuth, shape: AuthShape, secrets: Secrets) => KeysReading;
}

function verifyRequest(
  request: WebhookRequest,
  { sender, singular, auth, shape, secrets, keysOf }: Verifying,
): Verification {
  if (!shape) return { ok: false, reason: 'config_error' };
  const keys = keysOf(auth, shape, secrets);
  if (!keys.ok) return { ok: false, reason: 'config_error' };
  if (singular.some((name) => headerLines(request, name).length > 1)) {
    return { ok: false, reason: 'duplicate_header' };
  }
  switch (shape.scheme) {
    case 'none':
      return { ok: true };
    case 'token':
    case 'basic':
      return verifyToken(request, shape, keys.keys);
    case 'hmac':
    case 'public-key':
      return verifySignature(request, { shape, keys: keys.keys, rules: sender });
  }
}

function contextOf(
  request: WebhookRequest,
  { auth, secrets, verify }: Pick<HandshakeContext, 'auth' | 'secrets'> & Pick<WebhookPreset, 'verify'>,
): HandshakeContext {
  const signs = (reference: string) => verify(request, { ...auth, secrets: [reference] }, secrets).ok;
  return {
    auth,
    secrets,
    signingSecrets: () =>
      referencesOf(auth)
        .filter(signs)
        .map((reference) => resolved(reference, secrets) ?? ''),
  };
}
