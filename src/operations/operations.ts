import type { AuditRecord } from '../domain/audit.ts';
import type { DeliveryStatus } from '../domain/delivery.ts';
import type { Diagnostic } from '../domain/diagnostic.ts';
import type { ReplayMode, RunId } from '../domain/run.ts';
import type { RecordOperations } from './record-operations.ts';
import type {
  AutomationDetail,
  AutomationView,
  DeliveryView,
  DocumentView,
  KeyView,
  RunDetail,
  RunEventView,
  RunView,
  StoreView,
} from './views.ts';
import type { WebhookOperations } from './webhook-operations.ts';

/**
 * Everything a person or program can do to a runtime: the CLI and the HTTP API are two faces of it.
 * All times in views are ISO 8601 UTC strings. Refusals throw `AmodalError`.
 */
export interface Operations extends WebhookOperations, RecordOperations {
  listAutomations(): Promise<readonly AutomationView[]>;
  showAutomation(name: string): Promise<AutomationDetail>;
  triggerAutomation(name: string, trigger: TriggerRequest): Promise<TriggerResult>;
  /** The messages that a trigger would send; nothing runs, nothing is stored. */
  previewTrigger(name: string, trigger: { readonly event?: string }): Promise<PromptPreview>;
  pauseAutomation(name: string, pause: { readonly reason?: string; readonly by: string }): Promise<AutomationView>;
  resumeAutomation(name: string, resume: { readonly by: string }): Promise<AutomationView>;
  /** Newest first. */
  historyOf(name: string, page: { readonly limit: number; readonly before?: RunId }): Promise<readonly RunView[]>;
  webhookUrlOf(name: string): Promise<WebhookUrls>;
  rotateWebhook(
    name: string,
    rotate: { readonly graceSeconds?: number; readonly by: string },
  ): Promise<WebhookUrls & { readonly graceUntil?: string }>;

  showRun(id: RunId): Promise<RunDetail>;
  runEvents(
    id: RunId,
    page: { readonly after?: number; readonly type?: string; readonly limit: number },
  ): Promise<readonly RunEventView[]>;
  /** Yields events as they are committed, from `after` (exclusive), until the run is over and all is told. */
  followRun(id: RunId, options: { readonly after?: number; readonly signal: AbortSignal }): AsyncIterable<RunEventView>;
  cancelRun(
    id: RunId,
    by: string,
  ): Promise<{ readonly id: RunId; readonly status: 'requested' | 'cancelled' | 'ended' }>;
  /** `mode`: `live` (default), `safe` or `offline`; throws `conflict` for a run that cannot be repeated that way. */
  replayRun(id: RunId, replay: { readonly mode?: ReplayMode; readonly by: string }): Promise<TriggerResult>;

  /** `key` stands in this answer and nowhere else. */
  createKey(request: {
    readonly name: string;
    /** The only automation that it opens; left out: all. */
    readonly automation?: string;
    readonly expiresSeconds?: number;
    readonly by: string;
  }): Promise<KeyView & { readonly key: string }>;
  /** Newest first, revoked ones included. */
  listKeys(): Promise<readonly KeyView[]>;
  /** By name or id. */
  revokeKey(name: string, by: string): Promise<KeyView>;

  listDeliveries(filter: {
    readonly automation?: string;
    readonly run?: RunId;
    readonly status?: DeliveryStatus;
    readonly limit: number;
  }): Promise<readonly DeliveryView[]>;
  redriveDelivery(id: string, by: string): Promise<DeliveryView>;

  listStores(): Promise<readonly StoreView[]>;
  listDocuments(store: string, limit: number): Promise<readonly DocumentView[]>;
  listAudit(filter: {
    readonly after?: number;
    readonly run?: RunId;
    readonly limit: number;
  }): Promise<readonly AuditRecord[]>;
  verifyLedger(options: { readonly days: number }): Promise<LedgerProof>;

  diagnostics(): Promise<readonly Diagnostic[]>;
  health(): Promise<Health>;
}

/** Where senders post: the opaque URL, and the one whose path carries a 256-bit token. */
export interface WebhookUrls {
  readonly name: string;
  readonly webhookUrl: string;
  readonly tokenUrl: string;
}

export interface TriggerRequest {
  /** The event's exact text; JSON is recognised. */
  readonly event?: string;
  readonly by: string;
  readonly idempotencyKey?: string;
}

/** What the model would read. */
export interface PromptPreview {
  readonly system: string;
  readonly user: string;
}

export interface TriggerResult {
  readonly run: RunId;
  readonly automation: string;
  readonly status: 'queued' | 'duplicate' | 'skipped';
}

export interface LedgerProof {
  readonly ok: boolean;
  readonly instants: number;
  readonly runs: number;
  readonly skipped: number;
  readonly missed: number;
  readonly problems: readonly string[];
}

export interface Health {
  readonly status: 'ok' | 'degraded';
  readonly version: string;
  readonly bundle: {
    readonly name: string;
    readonly timezone: string;
    readonly automations: number;
    readonly broken: number;
  };
  readonly queued: number;
  readonly running: number;
  readonly deadDeliveries: number;
}
