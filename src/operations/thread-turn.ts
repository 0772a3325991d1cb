import type { Automation } from '../domain/automation.ts';
import { CONVERSATION_LIFE_MS } from '../domain/conversation.ts';
import type { Event } from '../domain/event.ts';
import { eventMention, eventThread } from '../domain/event-thread.ts';
import type { NewTurn } from '../domain/ports/conversations.ts';
import { mentionThread } from '../domain/slack-mention.ts';
import type { IntakePorts } from './ports.ts';

/** The owner of conversations that live in a thread: no access key has it. */
const THREAD_OWNER = 'thread';

/**
 * An event of a conversation that names a Slack thread goes on with the conversation of that thread, or begins it:
 * a mention that Slack signed, or what another sender says with `slack_channel` and `thread_ts`.
 */
export function threadTurn(
  { newId, clock }: Pick<IntakePorts, 'newId' | 'clock'>,
  automation: Pick<Automation, 'mode' | 'webhookAuth'>,
  event: Event,
): NewTurn | undefined {
  const thread = automation.mode === 'conversation' ? threadOf(automation, event) : undefined;
  if (thread === undefined) return undefined;
  return {
    id: newId('sess'),
    owner: THREAD_OWNER,
    thread,
    question: newId('msg'),
    answer: newId('msg'),
    expiresAt: clock.now() + CONVERSATION_LIFE_MS,
  };
}

/** Names the conversation that a caller with an access key has in a thread; no other key comes into it. */
export function callerThread(key: string, event: Event): string | undefined {
  const thread = eventThread(event);
  return thread && `${key}:${mentionThread({ team: '', thread })}`;
}

/** What Slack itself signed counts as a mention alone: its other fields are the words of whoever wrote. */
function threadOf({ webhookAuth }: Pick<Automation, 'webhookAuth'>, event: Event): string | undefined {
  if (webhookAuth?.type === 'slack') {
    const mention = eventMention(event);
    return mention && mentionThread(mention);
  }
  const thread = eventThread(event);
  return thread && mentionThread({ team: '', thread });
}
