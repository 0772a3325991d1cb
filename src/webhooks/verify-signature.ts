import { createHmac, hash, timingSafeEqual, verify } from 'node:crypto';
import type { Verification, VerifyReason, WebhookRequest } from '../domain/ports/webhook-preset.ts';
import type { SignatureShape } from './auth-shape.ts';
import { checkTimestamp, timestampText } from './check-timestamp.ts';
import { headerLines, headerValue } from './header-lines.ts';
import type { Key } from './read-keys.ts';
import { signatureCandidates } from './signature-candidates.ts';
import { signedBytes } from './signed-bytes.ts';

/** What a sender signs where a template cannot say it. */
export interface SigningRules {
  /** A general type: what was signed is no key of an event, so that nobody asks for its hash. */
  readonly isGeneral?: true;
  /** The public URL as the sender writes it into what it signs. */
  readonly signedUrl?: (publicUrl: string) => string;
  /** Every content that the sender may have signed, the likeliest first; none = nothing can match. */
  readonly signedContents?: (request: WebhookRequest, publicUrl: string) => readonly Buffer[];
}

/** What one signature is checked with. */
export interface SignatureCheck {
  readonly shape: SignatureShape;
  readonly keys: readonly Key[];
  readonly rules: SigningRules;
}

/**
 * Checks a signature over the raw bytes: headers, candidates, time, then the MAC, every key against every candidate in
 * constant time. A time that lies in the body is looked at only after the MAC, for no body is read before.
 */
export function verifySignature(request: WebhookRequest, check: SignatureCheck): Verification {
  const { shape } = check;
  const headerProblem = checkHeaders(request, requiredHeaders(shape));
  if (headerProblem) return refused(headerProblem);
  const candidates = signatureCandidates(headerValue(request, shape.header) ?? '', shape);
  if (!candidates) return refused('malformed_signature');
  const isTimeInBody = shape.timestamp?.from === 'body';
  const timestamp = isTimeInBody ? undefined : timestampText(request, shape);
  const timeProblem = shape.timestamp && !isTimeInBody && checkTimestamp(timestamp, request.receivedAt, shape);
  if (timeProblem) return refused(timeProblem);
  const contents = contentsOf(request, check, timestamp);
  if (typeof contents === 'string') return refused(contents);
  const signed = contents.filter((content) => isSigned(content, candidates, check));
  const [content] = signed;
  if (!content) return refused('signature_mismatch');
  const lateProblem = isTimeInBody && checkTimestamp(timestampText(request, shape), request.receivedAt, shape);
  if (lateProblem) return refused(lateProblem);
  return check.rules.isGeneral ? { ok: true } : { ok: true, replayKey: hash('sha256', content, 'hex') };
}

/** A header on which the verdict rests must come exactly once and say something. */
export function checkHeaders(request: WebhookRequest, names: readonly string[]): VerifyReason | undefined {
  const counts = names.map((name) => headerLines(request, name).length);
  if (counts.some((count) => count > 1)) return 'duplicate_header';
  return names.some((name) => headerValue(request, name) === undefined) ? 'missing_header' : undefined;
}

/** The MAC of some bytes in the text form that the sender uses. */
export function macText(
  bytes: Buffer,
  key: Buffer,
  { type, encoding }: Pick<SignatureShape, 'type' | 'encoding'>,
): string {
  return createHmac(type.slice('hmac-'.length), key).update(bytes).digest(encoding);
}

const required = new WeakMap<SignatureShape, readonly string[]>();

function requiredHeaders(shape: SignatureShape): readonly string[] {
  const known = required.get(shape) ?? headersOf(shape);
  required.set(shape, known);
  return known;
}

function headersOf({ header, timestamp, template }: SignatureShape): readonly string[] {
  const inTemplate = template.flatMap((part) => (part.type === 'header' ? [part.name] : []));
  return [header, ...(timestamp?.from === 'header' ? [timestamp.name] : []), ...inTemplate];
}

function contentsOf(
  request: WebhookRequest,
  { shape, rules }: SignatureCheck,
  timestamp: string | undefined,
): readonly Buffer[] | VerifyReason {
  const needsUrl = rules.signedContents !== undefined || shape.template.some(({ type }) => type === 'url');
  const { publicUrl } = request;
  if (needsUrl && !publicUrl) return 'config_error';
  if (rules.signedContents) return rules.signedContents(request, publicUrl ?? '');
  const url = publicUrl && (rules.signedUrl?.(publicUrl) ?? publicUrl);
  const bytes = signedBytes(shape.template, request, { ...(timestamp && { timestamp }), ...(url && { url }) });
  return bytes ? [bytes] : 'malformed_signature';
}

function isSigned(content: Buffer, candidates: readonly string[], { shape, keys }: SignatureCheck): boolean {
  let matched = false;
  for (const key of keys) {
    const expected = key.type === 'bytes' ? Buffer.from(macText(content, key.bytes, shape)) : undefined;
    for (const candidate of candidates) {
      const fits = expected ? sameText(candidate, expected) : verifies(content, candidate, { shape, key });
      matched = fits || matched;
    }
  }
  return matched;
}

function sameText(candidate: string, expected: Buffer): boolean {
  const given = Buffer.from(candidate, 'utf8');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function verifies(
  content: Buffer,
  candidate: string,
  { shape, key }: { readonly shape: SignatureShape; readonly key: Key },
): boolean {
  const signature = Buffer.from(candidate, shape.encoding);
  if (key.type !== 'public' || signature.length === 0 || signature.toString(shape.encoding) !== candidate) return false;
  try {
    return verify(shape.type === 'ed25519' ? null : 'sha256', content, key.key, signature);
  } catch {
    return false;
  }
}

function refused(reason: VerifyReason): Verification {
  return { ok: false, reason };
}
