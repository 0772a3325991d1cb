import type { WebhookAuth } from '../automation.ts';
import type { Secrets } from './secrets.ts';

/** A request as it stood on the wire. */
export interface WebhookRequest {
  readonly method: string;
  /** Every line of each header, lower-case names, in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
  /** The configured public URL, for schemes that sign it; never the request's own host. */
  readonly publicUrl?: string;
  /** Epoch ms at receipt. */
  readonly receivedAt: number;
}

export type VerifyReason =
  | 'missing_header'
  | 'duplicate_header'
  | 'malformed_signature'
  | 'malformed_timestamp'
  | 'stale_timestamp'
  | 'future_timestamp'
  | 'signature_mismatch'
  | 'token_mismatch'
  | 'config_error';

export type Verification =
  | {
      readonly ok: true /** SHA-256 of what the signature authenticated, lower hex: the replay key. */;
      readonly replayKey?: string;
    }
  | { readonly ok: false; readonly reason: VerifyReason };

/** What an authentic request says of itself. */
export interface WebhookIdentity {
  readonly dedupeKey?: string;
  /** Milliseconds that the key lives; undefined = as long as rows are kept. */
  readonly dedupeTtlMs?: number;
  readonly eventType?: string;
}

/** An answer that a sender wants at registration: given after verification, without a run. */
export interface Handshake {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** One sender's (or one general) way to sign. Never throws; a reason instead. */
export interface WebhookPreset {
  /** The `type` of `webhookAuth`. */
  readonly name: string;
  /** Load-time checks (senders page §6.1): sentences about what is wrong with this configuration. */
  check(auth: WebhookAuth, secrets: Secrets): readonly string[];
  verify(request: WebhookRequest, auth: WebhookAuth, secrets: Secrets): Verification;
  identify(request: WebhookRequest, auth: WebhookAuth): WebhookIdentity;
  handshake?(request: WebhookRequest, auth: WebhookAuth, secrets: Secrets): Handshake | undefined;
  /** The status of an accepted request where the sender insists on another than 202. */
  readonly acceptedStatus?: number;
}
