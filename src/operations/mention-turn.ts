import type { Automation } from '../domain/automation.ts';
import { CONVERSATION_LIFE_MS } from '../domain/conversation.ts';
import type { Payload } from '../domain/parse-payload.ts';
import type { NewTurn } from '../domain/ports/conversations.ts';
import { mentionThread, slackMention } from '../domain/slack-mention.ts';
import type { IntakePorts } from './ports.ts';

/** The owner of conversations that live in a thread: no access key has it. */
const THREAD_OWNER = 'thread';

/** A verified mention of the app in Slack goes on with the conversation of its thread, or begins it. */
export function mentionTurn(
  { newId, clock }: Pick<IntakePorts, 'newId' | 'clock'>,
  { mode, webhookAuth }: Pick<Automation, 'mode' | 'webhookAuth'>,
  { value }: Pick<Payload, 'value'>,
): NewTurn | undefined {
  const mention = mode === 'conversation' && webhookAuth?.type === 'slack' ? slackMention(value) : undefined;
  return (
    mention && {
      id: newId('sess'),
      owner: THREAD_OWNER,
      thread: mentionThread(mention),
      question: newId('msg'),
      answer: newId('msg'),
      expiresAt: clock.now() + CONVERSATION_LIFE_MS,
    }
  );
}
