/** Most characters of a message; more is refused (https://api.slack.com/methods/chat.postMessage). */
const MAX_CHARACTERS = 39_000;

/** The fields of a Slack message: its control characters escaped, so that `<!channel>` and `<url|text>` are only words. */
export function slackMessage(text: string): {
  readonly text: string;
  readonly unfurl_links: false;
  readonly unfurl_media: false;
} {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const whole = clipped(escaped, MAX_CHARACTERS).replace(/&[a-z]{0,3}…$/, '…');
  return { text: whole || '(empty)', unfurl_links: false, unfurl_media: false };
}

/** A text of at most so many UTF-16 units, never cut through a pair. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
