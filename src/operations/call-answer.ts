import type { Conversation, Turn } from '../domain/conversation.ts';
import { AmodalError } from '../domain/error.ts';
import type { Run } from '../domain/run.ts';
import type { CallAnswer } from './call-request.ts';
import { isoTime } from './iso-time.ts';
import type { FileView } from './views.ts';

interface InConversation {
  readonly conversation: Conversation;
  readonly turn: Turn;
}

/** The answer of a conversation, inline. */
export function conversationAnswer(
  run: Run,
  { conversation, turn }: InConversation,
  { files, seconds, now }: { readonly files: readonly FileView[]; readonly seconds: number; readonly now: number },
): CallAnswer {
  const { usage, status, reason, error } = run;
  const isAnswered = status === 'succeeded';
  return {
    status: 200,
    body: {
      success: isAnswered,
      session_id: conversation.id,
      message_id: turn.answer,
      agent_id: run.automation,
      run_id: run.id,
      response: run.result ?? null,
      files,
      token_usage: {
        prompt_tokens: usage.inputTokens,
        completion_tokens: usage.outputTokens,
        total_tokens: usage.totalTokens,
      },
      processing_time: Math.round(seconds * 1000) / 1000,
      timestamp: isoTime(now),
      ...(!isAnswered && { error: { status, reason: reason ?? null, message: error ?? null } }),
    },
  };
}

/** The wait was over before the answer was there; it is to be found at `poll_url` and in the conversation. */
export function runningAnswer(run: Run, { conversation, turn }: InConversation, pollUrl: string): CallAnswer {
  const { id, automation, status } = run;
  const place = { session_id: conversation.id, message_id: turn.answer, agent_id: automation };
  return { status: 202, body: { run_id: id, status, ...place, timed_out: true, poll_url: pollUrl } };
}

/** A workflow is on its way; the same message sent again hears how its run stands, null when it is kept no longer. */
export function workflowAnswer(
  run: Run | undefined,
  queued: { readonly type: string; readonly run: string },
): CallAnswer {
  if (queued.type !== 'duplicate') return { status: 202, body: { run_id: queued.run, status: 'queued' } };
  return { status: 202, body: { run_id: queued.run, status: run?.status ?? null, duplicate: true } };
}

/** The model's provider failed: the caller may try again later. */
export function failedUpstream({ id, error }: Run): AmodalError {
  return new AmodalError('upstream', `The model could not answer (${id}): ${error ?? 'no reason was recorded'}`);
}
