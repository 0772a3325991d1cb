import type { Conversation, Turn } from '../conversation.ts';
import type { RunId } from '../run.ts';

/** The conversation that a new run answers in: one that is there (`id`, or that of the thread), else a new one. */
export interface NewTurn {
  readonly id: string;
  readonly owner: string;
  readonly thread?: string;
  readonly question: string;
  readonly answer: string;
  readonly expiresAt: number;
}

/** Conversations: written by `enqueueRun`, whose runs are claimed one after another within each. */
export interface Conversations {
  /** Undefined when there is none, or it is over. */
  getConversation(id: string, now: number): Promise<Conversation | undefined>;
  /** The conversation and turn that a run belongs to. */
  getRunTurn(run: RunId): Promise<{ readonly conversation: Conversation; readonly turn: Turn } | undefined>;
  /** The newest turns, oldest first; with `before`, those before that run. */
  listTurns(conversation: string, page: { readonly before?: RunId; readonly limit: number }): Promise<readonly Turn[]>;
}
