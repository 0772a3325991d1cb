import type { AlertIntent } from '../alert.ts';
import type { NewAuditRecord } from '../audit.ts';
import type { AutomationState } from '../automation-state.ts';
import type { NewDelivery } from '../delivery.ts';
import type { Event } from '../event.ts';
import type { Outcome, Provenance, ReplayMode, Run, RunId, RunReason, SessionFigures } from '../run.ts';
import type { Settlement, SettlePolicy } from '../settle.ts';
import type { NewTranscriptEntry, TranscriptEntry } from '../transcript.ts';
import type { WriteCall, WriteOutcome } from '../write-call.ts';
import type { NewTurn } from './conversations.ts';

/** An occurrence to be recorded: at most one row per (automation, dedupeKey) and per (automation, instant). */
export interface NewRun {
  readonly id: RunId;
  readonly automation: string;
  readonly trigger: Run['trigger'];
  readonly dedupeKey?: string;
  /** Epoch ms after which the same dedupe key may run again (hash keys live 24 h); undefined = never. */
  readonly dedupeUntil?: number;
  readonly event?: Event;
  readonly requestedBy: string;
  readonly replayOf?: RunId;
  /** With `replayOf`; undefined = `live`. */
  readonly replayMode?: ReplayMode;
  /** From the overlap policy: 1 for skip, queue and cancel; `maxParallel` for parallel. */
  readonly maxActive: number;
  /** What to do when another run of the automation is queued or running. */
  readonly overlap: 'skip' | 'queue' | 'cancel' | 'parallel';
  readonly availableAt?: number;
  /** Who asked for it: written with it, with its id and `status` (`queued` or `skipped`); not for a duplicate. */
  readonly audit?: Omit<NewAuditRecord, 'run'>;
  /** The run is a turn of a conversation; written with it. */
  readonly turn?: NewTurn;
  /** What the sender signed: the same again is a duplicate, whatever the delivery calls itself. Never expires. */
  readonly replayKey?: string;
  /** The events of a delivery that carries several: those that came before, in any delivery, are left out. */
  readonly parts?: EventParts;
  /** Waits for quiet: an event whose key already waits takes that one's place, in the same run. */
  readonly coalesce?: Coalescing;
}

/** One key for each event of a delivery; undefined where the sender gives none, which is always new. */
export interface EventParts {
  readonly keys: readonly (string | undefined)[];
  /** The delivery with only these parts (indexes) left; called inside the transaction, must be pure. */
  readonly eventOf: (fresh: readonly number[]) => Event;
}

/** The run starts when nothing came for `quietMs`, at the latest `maxMs` after the first event. */
export interface Coalescing {
  readonly key: string;
  readonly quietMs: number;
  readonly maxMs: number;
}

export type EnqueueResult =
  /** `coalesced`: the event took the place of one that was waiting; the run is that one's. */
  | { readonly type: 'queued'; readonly run: RunId; readonly coalesced?: true }
  | { readonly type: 'skipped'; readonly run: RunId; readonly reason: RunReason }
  | { readonly type: 'duplicate'; readonly run: RunId }
  /** The queue is over its bound; nothing was written. */
  | { readonly type: 'full'; readonly queued: number };

/** One accounted-for instant (or range of them) of a schedule. */
export interface Occurrence {
  readonly instant: number;
  readonly verdict: 'run' | 'skipped' | 'missed';
  readonly reason?: RunReason;
  /** For a range: its last instant and how many. */
  readonly instantTo?: number;
  readonly count?: number;
}

export interface FireSchedule {
  readonly automation: string;
  /** Compare-and-set: nothing happens unless the stored hash and next fire are these. */
  readonly scheduleHash: string;
  readonly expectedNextFire: number;
  readonly nextFire: number | undefined;
  readonly firedThrough: number;
  readonly occurrences: readonly (Occurrence & { readonly run: RunId })[];
  readonly maxActive: number;
  readonly overlap: NewRun['overlap'];
}

/** A schedule as the active bundle has it. */
export interface ScheduleDefinition {
  readonly automation: string;
  readonly scheduleHash: string;
  /** First fire when the definition is new or changed; kept ones keep their stored next fire. */
  readonly nextFire: number | undefined;
}

export interface ClaimedRun {
  readonly run: Run;
  readonly event?: Event;
  readonly state: AutomationState;
}

export interface SettleRun {
  readonly run: RunId;
  readonly fence: number;
  readonly outcome: Outcome;
  readonly figures: SessionFigures;
  readonly policy: SettlePolicy;
  /** Result deliveries, written only if the run ends for good (succeeded, or failed with a partial). */
  readonly deliveries: readonly NewDelivery[];
  /** Renders alert and recovery rows once the decision is known; called inside the transaction, must be pure. */
  readonly alerts: (intent: AlertIntent, settlement: Settlement) => readonly NewDelivery[];
  /**
   * The session's last lines. The database adds those of its decision itself: `run.retry`, or `delivery.queued`,
   * `alert.queued` and `session.status_closed`.
   */
  readonly transcript: readonly NewTranscriptEntry[];
}

export interface RunQueue {
  /**
   * Group-committed. The bounds of back-pressure: `limit` = most queued runs, `limitBytes` = most bytes of their events;
   * undefined = none.
   */
  enqueueRun(
    run: NewRun,
    options: { readonly limit?: number; readonly limitBytes?: number },
    now: number,
  ): Promise<EnqueueResult>;
  /** Records due instants and moves the next fire, or returns false when somebody else did. */
  fireSchedule(fire: FireSchedule, now: number): Promise<boolean>;
  /** Many at once in one transaction; one boolean each. */
  fireSchedules(fires: readonly FireSchedule[], now: number): Promise<readonly boolean[]>;
  /**
   * Takes the oldest claimable queued run: its lease is the owner's until `now + leaseMs`, its fence grows, and the
   * attempt is counted (in `interruptions`, turned into `attempt` by a settle) before any work. Undefined when there is none.
   * Cron and webhook runs of a paused automation wait for its resume; what a person asked for does not.
   */
  claimRun(
    claim: { readonly owner: string; readonly leaseMs: number; readonly run?: RunId },
    now: number,
  ): Promise<ClaimedRun | undefined>;
  /** Records what the run runs from, with its `run.started` line; false when the lease is lost. */
  startRun(run: RunId, fence: number, provenance: Provenance, now: number): Promise<boolean>;
  heartbeatRun(
    run: RunId,
    fence: number,
    leaseMs: number,
    now: number,
  ): Promise<{ readonly held: boolean; readonly cancelRequested: boolean }>;
  /** Ends or requeues a run: undefined (and nothing written) when the lease was lost. */
  settleRun(settle: SettleRun, now: number): Promise<Settlement | undefined>;
  /** Running runs whose lease is over, or, with `owner` given, those that are not that owner's. */
  listLostRuns(filter: { readonly notOwner?: string }, now: number): Promise<readonly ClaimedRun[]>;
  /**
   * Takes a lost run away from its dead worker: requeues it at once when it is safe (no write sent, under
   * MAX_INTERRUPTIONS), else ends it as `failed(interrupted)` like settleRun does.
   */
  reclaimRun(
    settle: Omit<SettleRun, 'outcome' | 'figures' | 'deliveries' | 'transcript'>,
    now: number,
  ): Promise<Settlement | undefined>;
  /** Leaves an audit row `run.cancelled`. */
  requestCancel(run: RunId, by: string, now: number): Promise<'requested' | 'cancelled' | 'ended' | 'unknown'>;
  getRun(run: RunId): Promise<Run | undefined>;
  getRunEvent(run: RunId): Promise<Event | undefined>;
  /** Newest first. */
  listRuns(filter: {
    readonly automation?: string;
    readonly limit: number;
    readonly before?: RunId;
  }): Promise<readonly Run[]>;
  countRuns(): Promise<{ readonly queued: number; readonly running: number }>;
  /** All cron rows of an automation in instant order, for the ledger proof. */
  listOccurrences(automation: string, from: number, to: number): Promise<readonly Run[]>;
  /** Appends lines; false when the lease is lost. `fence` undefined for lines of the runtime itself (deliveries). */
  appendTranscript(
    run: RunId,
    fence: number | undefined,
    entries: readonly NewTranscriptEntry[],
    now: number,
  ): Promise<boolean>;
  readTranscript(run: RunId, after: number, limit: number): Promise<readonly TranscriptEntry[]>;
  /**
   * Before a write leaves: the call and its audit row are durable, `writesSent` counts it. False when the lease is lost;
   * throws `conflict` for a call that was recorded before.
   */
  recordWriteIntent(call: WriteCall, fence: number, audit: NewAuditRecord, now: number): Promise<boolean>;
  recordWriteOutcome(
    run: RunId,
    call: string,
    outcome: WriteOutcome,
    audit: NewAuditRecord,
    now: number,
  ): Promise<void>;
  listWrites(run: RunId): Promise<readonly (WriteCall & { readonly outcome?: WriteOutcome })[]>;
}
