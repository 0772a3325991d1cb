import type { Rejection, RejectionReason } from '../domain/rejection.ts';
import type { RunId } from '../domain/run.ts';
import type { WebhookOutcome } from './webhook-tally.ts';

/** What a person or program can do to webhooks. Times in views are ISO 8601 UTC strings; refusals throw `AmodalError`. */
export interface WebhookOperations {
  /** Every hook with what came of its requests since the runtime began. */
  listWebhooks(): Promise<readonly WebhookView[]>;
  /** Inbound dead letters, newest first. `since`: received at or after, epoch ms. */
  listRejections(filter: RejectionFilter): Promise<readonly RejectionView[]>;
  showRejection(id: string): Promise<RejectionDetail>;
  /** Verifies what was kept again and runs what passes, each exactly once: the named ones, or all that the filter finds. */
  redeliverRejections(redeliver: {
    readonly ids?: readonly string[];
    readonly automation?: string;
    readonly since?: number;
    readonly by: string;
  }): Promise<RedeliveryReport>;
  /** Signs a sample (or this event's exact text) as the sender would and posts it to the hook's URL. */
  testWebhook(
    name: string,
    test: { readonly event?: string; readonly privateKey?: string; readonly by: string },
  ): Promise<WebhookTestResult>;
  /** Looks whether everything that should listen does: each hook gets a signed ping, which starts no run. */
  doctor(): Promise<DoctorReport>;
}

export interface RejectionFilter {
  readonly automation?: string;
  readonly since?: number;
  readonly status?: Rejection['status'];
  readonly limit: number;
}

export interface WebhookView {
  readonly automation: string;
  /** `webhookAuth.type`; null = the URL is the secret. */
  readonly type: string | null;
  readonly webhookUrl: string;
  /** The URL with the name, where requests are signed. */
  readonly namedUrl: string | null;
  readonly status: 'active' | 'paused' | 'auto_paused' | 'broken' | 'disabled';
  /** Since when `counts` counts. */
  readonly since: string;
  readonly counts: readonly { readonly outcome: WebhookOutcome; readonly reason: string; readonly count: number }[];
}

/** One inbound dead letter; additive changes only. */
export interface RejectionView {
  readonly id: string;
  readonly automation: string;
  readonly reason: RejectionReason;
  readonly httpStatus: number;
  readonly receivedAt: string;
  readonly lastAt: string;
  readonly copies: number;
  readonly peer: string;
  readonly bodyBytes: number;
  readonly bodySha256: string | null;
  readonly hasBody: boolean;
  /** The sender had proved itself. */
  readonly isAuthentic: boolean;
  readonly status: Rejection['status'];
  readonly outcome: string | null;
  readonly run: RunId | null;
}

/** With what came, redacted: proofs by their length alone, secrets by their names. */
export interface RejectionDetail extends RejectionView {
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly query: string;
  /** The beginning of the body as text. */
  readonly body: string | null;
  /** What is expected of a request, e.g. which bytes are signed how. */
  readonly expected: string | null;
}

export interface RedeliveryReport {
  readonly redelivered: number;
  readonly refused: number;
  /** Not tried, for the queue is full. */
  readonly left: number;
  readonly rejections: readonly RejectionView[];
}

export interface WebhookTestResult {
  readonly automation: string;
  readonly url: string;
  readonly ok: boolean;
  readonly httpStatus: number | null;
  /** The answer's JSON, else its text. */
  readonly answer: unknown;
  /** Why nothing was sent, or no answer came. */
  readonly error: string | null;
}

export interface DoctorReport {
  readonly ok: boolean;
  readonly checks: readonly DoctorCheck[];
}

/** `warning`: worth a look, but nothing is broken. */
export interface DoctorCheck {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'error';
  readonly message: string;
}
