import type { Automation } from '../domain/automation.ts';
import type { AutomationState } from '../domain/automation-state.ts';
import type { Bundle } from '../domain/bundle.ts';
import type { Event } from '../domain/event.ts';
import type { Bundles } from '../domain/ports/bundles.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Database } from '../domain/ports/database.ts';
import type { NewId } from '../domain/ports/ids.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { WebhookPreset } from '../domain/ports/webhook-preset.ts';
import type { PromptPreview } from './operations.ts';
import type { RunWatch } from './watch-runs.ts';
import type { WebhookTally } from './webhook-tally.ts';

/** What a preview of a trigger is made from; the state gives `since` and `lastRunSummary`. */
export interface PreviewRequest {
  readonly bundle: Bundle;
  readonly automation: Automation;
  readonly event?: Event;
  readonly state: AutomationState;
  readonly now: number;
}

/** Everything that the use cases need from the world. */
export interface OperationsPorts {
  readonly database: Database;
  readonly bundles: Bundles;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Changes of runs, as `watchRuns` tells them. */
  readonly watch: RunWatch;
  /** The key of webhook ids and tokens; the same for ever on one state. */
  readonly instanceSecret: string;
  /** A new access key: `ak_` and at least 160 random bits. */
  readonly newAccessKey: () => string;
  /** Where senders reach this runtime: scheme, host and path prefix, without a slash at the end. */
  readonly publicUrl: () => string;
  /** The messages that a run would begin with; throws `AmodalError` when the prompt's template is wrong. */
  readonly previewPrompt: (request: PreviewRequest) => Promise<PromptPreview>;
  /** A run is waiting: wakes the worker. */
  readonly onEnqueued: () => void;
  /** Something changed that the scheduler or the courier should look at now (resume, redrive). */
  readonly onChanged: () => void;
  /** False when a background service of this process has died. */
  readonly isLive: () => boolean;
  /** The senders: redelivered requests are verified again, test requests are signed. */
  readonly presets: readonly WebhookPreset[];
  readonly logger: Logger;
  /** What came of webhooks since this process began. */
  readonly tally: WebhookTally;
  /** Sends a test request to one of this runtime's own URLs. */
  readonly sendToSelf: (request: SelfRequest) => Promise<SelfAnswer>;
  readonly refusesUnauthenticated?: boolean;
  /** Where this process listens, whatever `publicUrl` says; undefined = there. */
  readonly ownUrl?: () => string;
}

/** A request that the runtime makes to itself, and what came back (at most some KB of text). */
export interface SelfRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type SelfAnswer =
  | { readonly ok: true; readonly status: number; readonly text: string }
  /** `error` is a sentence. */
  | { readonly ok: false; readonly error: string };

/** What intake needs besides: the senders, and the rules on addresses. */
export interface IntakePorts
  extends Pick<
    OperationsPorts,
    'database' | 'bundles' | 'clock' | 'newId' | 'watch' | 'instanceSecret' | 'publicUrl' | 'onEnqueued'
  > {
  readonly presets: readonly WebhookPreset[];
  readonly logger: Logger;
  /** True when the address is in one of the networks (`10.0.0.0/8`, `2001:db8::/32`, a single address). */
  readonly isInNetworks: (address: string, networks: readonly string[]) => boolean;
  /** Counts what came of requests. */
  readonly tally?: WebhookTally;
  /** True where strangers reach the port and nobody has allowed them to start runs: hooks of type `none` answer 503. */
  readonly refusesUnauthenticated?: boolean;
}

/** What callers with an access key need. */
export type CallerPorts = Pick<
  OperationsPorts,
  'database' | 'bundles' | 'clock' | 'newId' | 'watch' | 'instanceSecret' | 'publicUrl' | 'onEnqueued'
>;
