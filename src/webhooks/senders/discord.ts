import { textAt, valuesAt } from '../../domain/values-at.ts';
import { jsonAnswer, jsonSample, type Sender } from '../sender.ts';

const INTERACTIONS: Readonly<Record<string, string>> = {
  '1': 'ping',
  '2': 'application_command',
  '3': 'message_component',
  '4': 'application_command_autocomplete',
  '5': 'modal_submit',
};

/** Discord: interactions and webhook events, signed with its Ed25519 key; `secret` is the application's public key. */
export const discord: Sender = {
  name: 'discord',
  page: 'https://discord.com/developers/docs/events/webhook-events',
  auth: {
    type: 'ed25519',
    header: 'X-Signature-Ed25519',
    encoding: 'hex',
    keyFormat: 'raw-hex',
    timestamp: 'header:X-Signature-Timestamp',
    signedPayload: '{timestamp}{body}',
  },
  dedupe: ['body:id', 'sha256(body)'],
  eventType: [['body:event.type'], [interactionName]],
  events: [
    'APPLICATION_AUTHORIZED',
    'APPLICATION_DEAUTHORIZED',
    'ENTITLEMENT_CREATE',
    'ENTITLEMENT_UPDATE',
    'ENTITLEMENT_DELETE',
    'QUEST_USER_ENROLLMENT',
    'LOBBY_MESSAGE_CREATE',
    'LOBBY_MESSAGE_UPDATE',
    'LOBBY_MESSAGE_DELETE',
    'GAME_DIRECT_MESSAGE_CREATE',
    'GAME_DIRECT_MESSAGE_UPDATE',
    'GAME_DIRECT_MESSAGE_DELETE',
    'application_command',
    'message_component',
    'application_command_autocomplete',
    'modal_submit',
  ],
  acceptedStatus: 204,
  handshake: (_request, value) => {
    const type = textAt(value, 'type');
    if (type === '0') return { status: 204, contentType: 'application/json', body: '' };
    const isPing = type === '1' && valuesAt(value, 'event').length === 0;
    return isPing ? jsonAnswer(200, { type: 1 }) : undefined;
  },
  sample: ({ now }) =>
    jsonSample({
      version: 1,
      application_id: '1234560123453231555',
      type: 1,
      event: { type: 'APPLICATION_AUTHORIZED', timestamp: new Date(now).toISOString(), data: { integration_type: 1 } },
    }),
};

function interactionName(value: unknown): string | undefined {
  const type = textAt(value, 'type') ?? '';
  return Object.hasOwn(INTERACTIONS, type) ? INTERACTIONS[type] : undefined;
}
