import type { AccessKeyStatus } from '../domain/access-key.ts';
import type { Delivery, DeliveryPayload, DeliveryStatus } from '../domain/delivery.ts';
import type { Diagnostic } from '../domain/diagnostic.ts';
import type { FileKind } from '../domain/ports/files.ts';
import type { ReplayDiff } from '../domain/replay-diff.ts';
import type { ReplayMode, Run, RunId, RunStatus, Usage } from '../domain/run.ts';
import type { StoredDocument } from '../domain/store.ts';
import type { TranscriptEntry } from '../domain/transcript.ts';
import type { WriteCall, WriteOutcome } from '../domain/write-call.ts';

/** `list --json`; additive changes only. */
export interface AutomationView {
  readonly name: string;
  readonly title: string;
  readonly trigger: 'cron' | 'webhook' | 'manual';
  readonly schedule: string | null;
  readonly timezone: string | null;
  readonly status: 'active' | 'paused' | 'auto_paused' | 'broken' | 'disabled';
  readonly nextRun: string | null;
  readonly lastRun: {
    readonly id: RunId;
    readonly status: RunStatus;
    readonly reason: string | null;
    readonly startedAt: string | null;
  } | null;
  readonly webhookUrl: string | null;
  readonly statusReason: string | null;
  readonly statusSince: string | null;
}

export interface AutomationDetail extends AutomationView {
  readonly description: string | null;
  readonly file: string;
  readonly prompt: string;
  readonly nextRuns: readonly string[];
  readonly writeEnabled: boolean;
  readonly targets: readonly string[];
  readonly alertTargets: readonly string[];
  readonly consecutiveFailures: number;
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** `history --json`; additive changes only. */
export interface RunView {
  readonly id: RunId;
  readonly automation: string;
  readonly status: RunStatus;
  readonly reason: string | null;
  readonly error: string | null;
  readonly trigger: Run['trigger'];
  readonly instant: string | null;
  readonly startedAt: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  readonly attempt: number;
  readonly interruptions: number;
  readonly commit: string | null;
  readonly dirty: boolean | null;
  readonly usage: Usage;
  readonly costUsd: number | null;
  /** How it repeats an older run; null when it repeats none. */
  readonly replayMode: ReplayMode | null;
  readonly deliveries: readonly {
    readonly id: string;
    readonly kind: string;
    readonly target: string;
    readonly status: DeliveryStatus;
    readonly attempts: number;
  }[];
}

export interface RunDetail extends RunView {
  readonly fileHash: string | null;
  readonly result: string | null;
  readonly steps: number;
  readonly toolCalls: number;
  readonly refusals: number;
  /** In the order of sending; `unknown` also while the answer is awaited. */
  readonly writes: readonly WriteView[];
  readonly requestedBy: string | null;
  readonly replayOf: RunId | null;
  /** The conversation that it answers in; `GET /api/sessions/{id}/messages` tells what was said. */
  readonly session: string | null;
  /** What a replay that only shows would have written and sent; null for every other run. */
  readonly captured: CapturedView | null;
  /** How it differs from the run that it repeats; null for every run but an ended replay that only shows. */
  readonly diff: ReplayDiff | null;
  readonly event: string | null;
  /** What the run made. */
  readonly files: readonly FileView[];
}

/** One write of a run and what became of it; `at` is epoch ms. */
export interface WriteView extends WriteCall {
  readonly outcome: WriteOutcome['result'];
  /** The HTTP status that the upstream answered. */
  readonly status: number | null;
  readonly error: string | null;
}

export interface CapturedView {
  readonly writes: readonly {
    readonly call: string;
    readonly tool: string;
    readonly operation: string;
    readonly input: unknown;
  }[];
  readonly deliveries: readonly {
    readonly kind: Delivery['kind'];
    /** The type of the target. */
    readonly target: string;
    readonly payload: DeliveryPayload;
  }[];
}

/** A file that a run made; `file_url` opens it for a day without a token. */
export interface FileView {
  readonly file_url: string;
  readonly filename: string;
  readonly size_bytes: number;
  readonly kind: FileKind;
}

/** An access key, never the key itself. */
export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly automation: string | null;
  readonly status: AccessKeyStatus;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly usedAt: string | null;
}

/** One line of `/api/runs/:id/events`; `id` is the SSE event id. */
export interface RunEventView {
  readonly id: number;
  readonly type: TranscriptEntry['type'];
  readonly timestamp: string;
  readonly attempt: number;
  readonly content: Readonly<Record<string, unknown>>;
}

export interface DeliveryView {
  readonly id: string;
  readonly run: RunId;
  readonly automation: string;
  readonly kind: Delivery['kind'];
  /** `webhook hooks.slack.com` or `webhook env:SLACK_URL`: never the whole URL. */
  readonly target: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly nextAttemptAt: string | null;
  readonly lastError: string | null;
  readonly lastStatus: number | null;
  readonly createdAt: string;
  readonly deliveredAt: string | null;
}

export interface StoreView {
  readonly name: string;
  readonly entity: string;
  readonly documents: number;
  readonly automationWritable: boolean;
}

export interface DocumentView extends Omit<StoredDocument, 'updatedAt'> {
  readonly updatedAt: string;
}
