import { headAndTail } from './delivery-text.ts';
import type { Event } from './event.ts';
import type { RunId, RunStatus } from './run.ts';

/** A conversation is over this long after its last message. */
export const CONVERSATION_LIFE_MS = 7 * 86_400_000;

/** Most of the earlier turns that come back, newest first, and most bytes of them all together. */
export const MAX_HISTORY_TURNS = 20;
export const MAX_HISTORY_BYTES = 65_536;
const MAX_ANSWER_BYTES = 16_384;

/** Messages of one caller (or one thread) to one automation, in order. Epoch ms. */
export interface Conversation {
  /** `sess_` and a time-ordered UUID. */
  readonly id: string;
  readonly automation: string;
  /** The id of the access key that began it, or `thread` for a conversation that lives in one. */
  readonly owner: string;
  /** Names the thread outside that it lives in, e.g. `slack:T1:C1:1700000000.000100`. */
  readonly thread?: string;
  readonly createdAt: number;
  /** Moves on with each message. */
  readonly expiresAt: number;
}

/** A message and the run that answers it. */
export interface Turn {
  /** `msg_` ids of the message and of its answer. */
  readonly question: string;
  readonly answer: string;
  readonly run: RunId;
  readonly status: RunStatus;
  readonly event?: Event;
  /** The user message as the model got it, redacted; undefined before the run began. */
  readonly prompt?: string;
  /** The final text; undefined while there is none. */
  readonly result?: string;
  readonly at: number;
  readonly answeredAt?: number;
}

/** One earlier turn as the model gets it again: what came from outside still stands in its data blocks. */
export interface HistoryTurn {
  readonly user: string;
  readonly assistant: string;
  /** Ids of the files that came with it; `user` lists them, so they can still be read. */
  readonly files?: readonly string[];
}

/** The newest answered turns that fit the bounds, oldest first; a turn comes back whole or not at all. */
export function historyOfTurns(turns: readonly Turn[]): readonly HistoryTurn[] {
  const history: HistoryTurn[] = [];
  let bytes = 0;
  for (const { prompt, result, status, event } of [...turns].reverse()) {
    if (prompt === undefined || !result || status !== 'succeeded') continue;
    const said = { user: prompt, assistant: headAndTail(result, MAX_ANSWER_BYTES).text };
    const turn = event?.files === undefined ? said : { ...said, files: event.files };
    bytes += Buffer.byteLength(turn.user) + Buffer.byteLength(turn.assistant);
    if (bytes > MAX_HISTORY_BYTES || history.length === MAX_HISTORY_TURNS) break;
    history.unshift(turn);
  }
  return history;
}
