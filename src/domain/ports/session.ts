import type { Automation } from '../automation.ts';
import type { Bundle } from '../bundle.ts';
import type { HistoryTurn } from '../conversation.ts';
import type { Replay } from '../replay.ts';
import type { Outcome, SessionFigures } from '../run.ts';
import type { NewTranscriptEntry } from '../transcript.ts';
import type { Spend } from '../usage.ts';
import type { ClaimedRun } from './run-queue.ts';

/** Why a session is stopped from outside: the `reason` of its signal. */
export type StopReason = 'cancelled' | 'lease_lost' | 'drain';

/** Everything that one fresh, stateless session needs; nothing of it outlives the attempt. */
export interface SessionRequest {
  readonly claimed: ClaimedRun;
  readonly bundle: Bundle;
  readonly automation: Automation;
  /** Earlier turns, oldest first, when the run answers in a conversation; undefined when it does not. */
  readonly history?: readonly HistoryTurn[];
  /** What earlier attempts of the run have cost: its budget is for all of them. */
  readonly earlier?: Spend;
  /** Set when the run repeats an older one. */
  readonly replay?: Replay;
  /** Aborted when the run is cancelled, the lease is lost or the process drains (`reason` is a StopReason): no request may leave after it. */
  readonly signal: AbortSignal;
  /** Appends to the run's record; rejects with `lease_lost` semantics by aborting `signal`. */
  readonly record: (entries: readonly NewTranscriptEntry[]) => Promise<void>;
}

export interface SessionResult {
  readonly outcome: Outcome;
  readonly figures: SessionFigures;
}

/** Runs one session to its end. Never throws: whatever goes wrong is an outcome with a reason. */
export type RunSession = (request: SessionRequest) => Promise<SessionResult>;
