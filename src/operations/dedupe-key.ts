import type { WebhookIdentity } from '../domain/ports/webhook-preset.ts';
import { boundedKey, type Delivered, readSource } from '../domain/read-source.ts';

/** A hash says only that two bodies were alike, so it stops counting after a day. */
const HASH_KEY_LIVES_MS = 86_400_000;

const HASH_SOURCE = 'sha256(body)';

/** Where a sender that no preset knows may name its delivery; the first that is there counts. */
const GENERAL_SOURCES = ['header:idempotency-key', 'header:webhook-id', 'body:Idempotency-Key'] as const;

const UNSIGNED = { isUnsigned: true } as const;

/** What makes two requests one occurrence, and until when. */
export interface DedupeKey {
  readonly key?: string;
  /** Milliseconds; undefined = as long as rows are kept. */
  readonly ttlMs?: number;
  /** Whoever replays a captured request could change it. */
  readonly isUnsigned?: true;
}

/** The key that the file asks for (`body:<path>`, `header:<name>`, `sha256(body)`), else the sender's own. */
export function dedupeKeyOf(setting: string | undefined, identity: WebhookIdentity, delivered: Delivered): DedupeKey {
  const asked = setting === undefined ? undefined : readSource(setting, delivered);
  if (asked !== undefined) {
    const ttlMs = setting === HASH_SOURCE ? HASH_KEY_LIVES_MS : undefined;
    return { key: boundedKey(asked), ttlMs, ...(setting?.startsWith('header:') && UNSIGNED) };
  }
  const { dedupeKey, dedupeTtlMs: ttlMs, dedupeSource } = identity;
  if (dedupeKey !== undefined)
    return { key: boundedKey(dedupeKey), ttlMs, ...(dedupeSource === 'unsigned' && UNSIGNED) };
  const general = GENERAL_SOURCES.find((source) => readSource(source, delivered) !== undefined);
  const key = general && readSource(general, delivered);
  return key === undefined ? {} : { key: boundedKey(key), ...(general?.startsWith('header:') && UNSIGNED) };
}
