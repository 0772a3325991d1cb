import { type HistoryTurn, historyOfTurns, MAX_HISTORY_TURNS } from '../domain/conversation.ts';
import type { Conversations } from '../domain/ports/conversations.ts';
import type { RunId } from '../domain/run.ts';

/** What was said before this run in its conversation, oldest first; undefined when it is in none. */
export async function conversationHistory(
  database: Pick<Conversations, 'getRunTurn' | 'listTurns'>,
  run: RunId,
): Promise<readonly HistoryTurn[] | undefined> {
  const found = await database.getRunTurn(run);
  if (!found) return undefined;
  return historyOfTurns(await database.listTurns(found.conversation.id, { before: run, limit: MAX_HISTORY_TURNS }));
}
