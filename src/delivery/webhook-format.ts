import type { DeliveryPayload } from '../domain/delivery.ts';
import { clipped, slackMessage } from '../domain/slack-text.ts';
import { sentPayload } from './sent-payload.ts';

/** The shape of a webhook's body; `json` is another word for `raw`, the payload as it is. */
export type WebhookFormat = 'raw' | 'json' | 'slack' | 'discord' | 'teams';

export const WEBHOOK_FORMATS: readonly WebhookFormat[] = ['raw', 'json', 'slack', 'discord', 'teams'];

/** Most characters of a message; more is refused (https://discord.com/developers/docs/resources/webhook). */
const DISCORD_CHARACTERS = 2000;
const TEAMS_CHARACTERS = 20_000;

/** Discord's flag for a message without previews of its links. */
const SUPPRESS_EMBEDS = 4;

/** The format that a known host wants; everything else gets the payload. */
export function inferFormat(url: URL): WebhookFormat {
  const host = url.hostname.toLowerCase().replace(/\.$/, '');
  if (host === 'hooks.slack.com' || host === 'hooks.slack-gov.com') return 'slack';
  if (/^((ptb|canary)\.)?discord(app)?\.com$/.test(host)) return url.pathname.endsWith('/slack') ? 'slack' : 'discord';
  const isTeams = /(^|\.)(webhook\.office\.com|logic\.azure\.com|api\.powerplatform\.com)$/.test(host);
  return isTeams || host === 'outlook.office.com' ? 'teams' : 'raw';
}

/** The body in a format; where people read it, nobody is pinged, nothing is fetched and no markup of the text works. */
export function formatPayload(payload: DeliveryPayload, format: WebhookFormat): Readonly<Record<string, unknown>> {
  switch (format) {
    case 'raw':
    case 'json':
      return { ...sentPayload(payload) };
    case 'slack':
      return { ...slackMessage(payload.text), ...(payload.thread && { thread_ts: payload.thread.ts }) };
    case 'discord':
      return {
        content: clipped(payload.text, DISCORD_CHARACTERS) || '(empty)',
        allowed_mentions: { parse: [] },
        flags: SUPPRESS_EMBEDS,
      };
    case 'teams':
      return teamsMessage(clipped(payload.text, TEAMS_CHARACTERS));
  }
}

function teamsMessage(text: string): Readonly<Record<string, unknown>> {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [{ type: 'TextBlock', text, wrap: true }],
  };
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', content };
  return { type: 'message', attachments: [attachment] };
}
