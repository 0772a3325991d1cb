import type { WebhookAuth, WebhookSettings } from '../automation.ts';
import type { ParsedPayload } from '../parse-payload.ts';
import type { Secrets } from './secrets.ts';

/** A request as it stood on the wire. */
export interface WebhookRequest {
  readonly method: string;
  /** Every line of each header, lower-case names, in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
  /** Every value of each query parameter; only what a sender asks by GET reads it. */
  readonly query?: Readonly<Record<string, readonly string[]>>;
  /** The configured public URL, for schemes that sign it; never the request's own host. */
  readonly publicUrl?: string;
  /** Epoch ms at receipt. */
  readonly receivedAt: number;
  /** The body as data, parsed once for everybody; called only after the signature was found right. */
  readonly payload?: () => ParsedPayload;
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
      readonly ok: true /** SHA-256 of what the signature authenticated, lower hex: the replay key. Not of general types. */;
      readonly replayKey?: string;
    }
  | { readonly ok: false; readonly reason: VerifyReason };

/** What an authentic request says of itself. */
export interface WebhookIdentity {
  readonly dedupeKey?: string;
  /** Milliseconds that the key lives; undefined = as long as rows are kept. */
  readonly dedupeTtlMs?: number;
  /**
   * Who vouches for the key: `signed` = it lies in what the signature covers; `unsigned` = anyone who replays a captured
   * request can change it, so the `replayKey` must be unique too; `hash` = it is the body's hash.
   */
  readonly dedupeSource?: 'signed' | 'unsigned' | 'hash';
  readonly eventType?: string;
  /** What happened in words, for `promptFrom: "title"`, where the preset composes them. */
  readonly title?: string;
  /** The events of a sender that puts several into one delivery, in order; the delivery is deduplicated as a whole. */
  readonly elements?: readonly WebhookElement[];
}

/** One event of a delivery that carries several. */
export interface WebhookElement {
  readonly id?: string;
  /** What makes it the same event in whichever delivery it comes, where the id alone does not. */
  readonly key?: string;
  readonly eventType?: string;
}

/** An answer that a sender wants at registration: given after verification, without a run. */
export interface Handshake {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** What a made-up request is made of. */
export interface SampleOptions {
  /** Epoch ms that the request claims. */
  readonly now: number;
  /** The delivery's id, where the sender sends one. */
  readonly id: string;
  /** The body to sign; undefined = the preset's own example. A time that lies in a JSON body is set to `now`. */
  readonly body?: Buffer;
  readonly publicUrl?: string;
  /** PKCS #8 PEM, for schemes whose private key only the sender has. */
  readonly privateKey?: string;
}

/** A request as the sender would make it, or the sentence that says why nobody else can. */
export type SampleRequest =
  | {
      readonly ok: true;
      readonly method: string;
      /** All that the sender sends: content type, event, delivery id, signature. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Buffer;
    }
  | { readonly ok: false; readonly reason: string };

/** What a verdict rests on: for keeping a refused request, and for saying what was expected of it. */
export interface WebhookReading {
  /** Lower-case names of every header that `verify` and `identify` look at. */
  readonly headers: readonly string[];
  /** The header with the proof, and whether its value is a credential itself (token, Basic) instead of a signature. */
  readonly proof?: { readonly header: string; readonly isCredential: boolean };
  /** E.g. `hmac-sha256 of "{body}", as hex after "sha256=", in X-Hub-Signature-256`. */
  readonly expects: string;
}

/** One sender's (or one general) way to sign. Never throws; a reason instead. */
export interface WebhookPreset {
  /** The `type` of `webhookAuth`. */
  readonly name: string;
  /** The sender's own page about how it signs; undefined for the general types. */
  readonly page?: string;
  /**
   * A general type: the caller names its events itself, so the same body under another name is another event. For all
   * others a `replayKey` that came before is a replay, unless the event's own key is signed or the body's hash.
   */
  readonly isGeneral?: true;
  /**
   * The sender's names for its events, as far as they are known (their first part: `issues`, not `issues.opened`);
   * empty = it names none, so that `webhook.events` can let nothing pass; undefined = too many to list.
   */
  readonly events?: readonly string[];
  /**
   * Load-time checks: sentences about what is wrong with this configuration. Without `settings` nothing is said about
   * a missing `webhook.publicUrl`.
   */
  check(auth: WebhookAuth, secrets: Secrets, settings?: Pick<WebhookSettings, 'publicUrl'>): readonly string[];
  verify(request: WebhookRequest, auth: WebhookAuth, secrets: Secrets): Verification;
  identify(request: WebhookRequest, auth: WebhookAuth): WebhookIdentity;
  handshake?(request: WebhookRequest, auth: WebhookAuth, secrets: Secrets): Handshake | undefined;
  /** The sender registers by an unsigned GET: `handshake` gets it without `verify` and checks it itself. */
  readonly answersGet?: true;
  /** Undefined for a configuration that cannot verify anything. */
  reading?(auth: WebhookAuth): WebhookReading | undefined;
  /** A signed request as this sender would send it. */
  sampleRequest?(options: SampleOptions, auth: WebhookAuth, secrets: Secrets): SampleRequest;
  /** The status of an accepted request where the sender insists on another than 202. */
  readonly acceptedStatus?: number;
}
