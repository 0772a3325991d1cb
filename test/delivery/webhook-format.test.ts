import { describe, expect, it } from 'vitest';
import { formatPayload, inferFormat } from '../../src/delivery/webhook-format.ts';
import { slackMessage } from '../../src/domain/slack-text.ts';
import { stubServer } from '../support/stub-server.ts';
import { contextOf, deliveryOf, deliveryType, PAYLOAD } from './delivery-world.ts';

describe('the format of a webhook', () => {
  it.each([
    ['https://hooks.slack.com/services/T/B/x', 'slack'],
    ['https://hooks.slack-gov.com/services/T/B/x', 'slack'],
    ['https://discord.com/api/webhooks/1/x', 'discord'],
    ['https://canary.discord.com/api/webhooks/1/x', 'discord'],
    ['https://discordapp.com/api/webhooks/1/x', 'discord'],
    ['https://discord.com/api/webhooks/1/x/slack', 'slack'],
    ['https://acme.webhook.office.com/webhookb2/x', 'teams'],
    ['https://prod-1.westeurope.logic.azure.com:443/workflows/x', 'teams'],
    ['https://x.environment.api.powerplatform.com/powerautomate/x', 'teams'],
    ['https://mattermost.acme.test/hooks/x', 'raw'],
    ['https://chat.googleapis.com/v1/spaces/x/messages', 'raw'],
    ['https://discord.com.evil.test/x', 'raw'],
    ['https://evildiscord.com/x', 'raw'],
    ['https://evilwebhook.office.com.test/x', 'raw'],
  ])('of %s is %s', (url, format) => {
    expect(inferFormat(new URL(url))).toBe(format);
  });

  it('can be set by the file', async () => {
    const stub = await stubServer();
    const send = (format: string) =>
      deliveryType('webhook').send(deliveryOf('webhook', { url: stub.url, format }), contextOf());
    for (const format of ['slack', 'discord', 'teams', 'raw', 'json']) await send(format);
    const keys = stub.requests.map(({ body }) => Object.keys(JSON.parse(body))[0]);
    expect(keys).toEqual(['text', 'content', 'type', 'automation', 'automation']);
  });

  it('for Slack pings nobody, links nothing and answers in the thread of the event', () => {
    const text = '<!channel> <@U123> <https://evil.test/?d=x|Click> a & b';
    const body = formatPayload({ ...PAYLOAD, text, thread: { channel: 'C1', ts: '1.2' } }, 'slack');
    expect(body).toEqual({
      text: '&lt;!channel&gt; &lt;@U123&gt; &lt;https://evil.test/?d=x|Click&gt; a &amp; b',
      unfurl_links: false,
      unfurl_media: false,
      thread_ts: '1.2',
    });
  });

  it('for Discord pings nobody and keeps to 2,000 characters', () => {
    const body = formatPayload({ ...PAYLOAD, text: `@everyone ${'📊'.repeat(2000)}` }, 'discord');
    expect(body).toMatchObject({ allowed_mentions: { parse: [] }, flags: 4 });
    expect(String(body.content).length).toBeLessThanOrEqual(2000);
    expect(Buffer.from(String(body.content)).toString()).toBe(body.content);
  });

  it('for Teams is a card with the text', () => {
    const body = JSON.stringify(formatPayload(PAYLOAD, 'teams'));
    expect(body).toContain('application/vnd.microsoft.card.adaptive');
    expect(body).toContain('"text":"all good"');
  });

  it('never cuts through an escape and never sends an empty message', () => {
    for (let shift = 0; shift < 6; shift += 1) {
      const { text } = slackMessage(`${'x'.repeat(shift)}${'<'.repeat(20_000)}`);
      expect(String(text)).toMatch(/^x*(&lt;)+…$/);
    }
    expect(slackMessage('').text).toBe('(empty)');
    expect(formatPayload({ ...PAYLOAD, text: '' }, 'discord').content).toBe('(empty)');
  });
});
