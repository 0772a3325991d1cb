import { createHash, timingSafeEqual } from 'node:crypto';
import type { Verification, WebhookRequest } from '../domain/ports/webhook-preset.ts';
import type { BasicShape, TokenShape } from './auth-shape.ts';
import { headerValue } from './header-lines.ts';
import type { Key } from './read-keys.ts';
import { afterPrefix } from './signature-candidates.ts';
import { checkHeaders } from './verify-signature.ts';

/** Compares a static credential: the token itself, or the user and password of HTTP Basic (UTF-8). */
export function verifyToken(
  request: WebhookRequest,
  shape: TokenShape | BasicShape,
  keys: readonly Key[],
): Verification {
  const problem = checkHeaders(request, [shape.header]);
  if (problem) return { ok: false, reason: problem };
  const given = afterPrefix(headerValue(request, shape.header) ?? '', shape.prefix);
  if (given === undefined) return { ok: false, reason: 'malformed_signature' };
  const expected = keys.flatMap((key) => (key.type === 'bytes' ? [key.bytes] : []));
  return matchesAny(given, expected) ? { ok: true } : { ok: false, reason: 'token_mismatch' };
}

/** Headers arrive as latin1 text; hashes make the comparison independent of the lengths. */
function matchesAny(given: string, expected: readonly Buffer[]): boolean {
  const isWire = [...given].every((character) => character.charCodeAt(0) < 256);
  const digest = sha256(Buffer.from(given, isWire ? 'latin1' : 'utf8'));
  let matched = false;
  for (const one of expected) matched = (timingSafeEqual(sha256(one), digest) && one.length > 0) || matched;
  return matched && isWire;
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
