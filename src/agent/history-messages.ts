import type { HistoryTurn } from '../domain/conversation.ts';
import { withoutDataTags } from '../domain/data-block.ts';
import type { Message } from '../domain/ports/model.ts';

/**
 * Earlier turns of a conversation as messages, redacted. What was asked comes back as it was sent, its event in the
 * data block that it stood in then; an answer is the model's own text and may open no block.
 */
export function historyMessages(
  history: readonly HistoryTurn[] = [],
  redact: (text: string) => string,
): readonly Message[] {
  return history.flatMap(({ user, assistant }) => [
    { role: 'user', text: redact(user) },
    { role: 'assistant', text: withoutDataTags(redact(assistant)), toolCalls: [] },
  ]);
}
