import type { WebhookReading } from '../domain/ports/webhook-preset.ts';
import type { Rejection } from '../domain/rejection.ts';
import { isoTime } from './iso-time.ts';
import type { RejectionDetail, RejectionView } from './webhook-operations.ts';

/** Characters of a body that are shown. */
const SHOWN_BODY = 16_384;

export function rejectionView(rejection: Rejection): RejectionView {
  const { id, automation, reason, httpStatus, copies, peer, bodyBytes, hasBody, isAuthentic, status } = rejection;
  return {
    id,
    automation,
    reason,
    httpStatus,
    receivedAt: isoTime(rejection.receivedAt),
    lastAt: isoTime(rejection.lastAt),
    copies,
    peer,
    bodyBytes,
    bodySha256: rejection.bodySha256 ?? null,
    hasBody,
    isAuthentic,
    status,
    outcome: rejection.outcome ?? null,
    run: rejection.run ?? null,
  };
}

/** Everything that may be shown of it. */
export function rejectionDetail(
  rejection: Rejection,
  {
    body,
    reading,
    redact,
  }: {
    readonly body: Buffer | undefined;
    readonly reading: WebhookReading | undefined;
    readonly redact: (text: string) => string;
  },
): RejectionDetail {
  const proof = reading?.proof?.header.toLowerCase();
  const headers = Object.entries(rejection.headers).map(([name, lines]) => [
    name,
    lines.map((line) => (isProof(name, proof) ? `[${line.length} characters]` : redact(line))),
  ]);
  return {
    ...rejectionView(rejection),
    headers: Object.fromEntries(headers),
    query: redact(rejection.query),
    body: body === undefined ? null : redact(body.toString('utf8')).slice(0, SHOWN_BODY),
    expected: reading?.expects ?? null,
  };
}

/** The header of the configured proof, and whatever else looks like one. */
function isProof(name: string, proof: string | undefined): boolean {
  return name === proof || /auth|signature|token|secret|hmac|cookie|api-?key/i.test(name);
}
