import { readyPreset, webhookRequest } from './authenticate.ts';
import type { Hook } from './find-hook.ts';
import type { InboundAnswer, InboundRequest } from './inbound.ts';
import { handshakeAnswer, PONG, unavailable } from './inbound-answer.ts';
import type { IntakePorts } from './ports.ts';

const NO_BODY = Buffer.alloc(0);

/** GET and HEAD start nothing: a sender's challenge is answered, anything else hears that somebody listens. */
export function pingAnswer(
  ports: IntakePorts,
  { automation, bundle }: Extract<Hook, { type: 'open' }>,
  request: InboundRequest,
): InboundAnswer {
  const { method, headers, query } = request;
  const auth = automation.webhookAuth;
  if (!auth || request.method !== 'GET' || request.query.size === 0) return PONG;
  const preset = readyPreset(ports, auth, bundle.secrets, automation.name);
  if (!preset) return unavailable();
  if (!preset.answersGet) return PONG;
  const asked = webhookRequest({ method, headers, query, body: NO_BODY, receivedAt: ports.clock.now() });
  const handshake = preset.handshake?.(asked, auth, bundle.secrets);
  return handshake ? handshakeAnswer(handshake) : PONG;
}
