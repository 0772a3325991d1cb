import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { WebhookRequest } from '../../src/domain/ports/webhook-preset.ts';
import { configured, SENDER_NOW, withHeaders } from '../support/webhook-senders.ts';

const DAY_MS = 86_400_000;

function identity(name: string, request: WebhookRequest = configured(name).request()) {
  const { preset, auth } = configured(name);
  return preset.identify(request, auth);
}

function form(name: string, fields: Readonly<Record<string, string>>): WebhookRequest {
  const body = Buffer.from(new URLSearchParams(fields).toString());
  return withHeaders({ ...configured(name).request(), body }, { 'content-type': 'application/x-www-form-urlencoded' });
}

describe('what a delivery says of itself', () => {
  it.each([
    ['github', 'delivery-1', 'unsigned', 'issues.opened'],
    ['gitlab', 'delivery-1', 'signed', 'merge_request.open'],
    ['gitlab-token', 'delivery-1', 'unsigned', 'merge_request.open'],
    ['bitbucket', 'delivery-1', 'unsigned', 'repo:push'],
    ['jira', 'delivery-1', 'unsigned', 'jira:issue_created'],
    ['stripe', 'evt_delivery-1', 'signed', 'invoice.payment_failed'],
    ['slack', 'Evdelivery-1', 'signed', 'app_mention'],
    ['linear', 'delivery-1', 'unsigned', 'Project.create'],
    ['pagerduty', 'delivery-1', 'signed', 'incident.triggered'],
    ['shopify', 'delivery-1', 'unsigned', 'orders/create'],
    ['vercel', 'delivery-1', 'signed', 'deployment.error'],
    ['intercom', 'notif_delivery-1', 'signed', 'conversation.user.created'],
    ['typeform', 'delivery-1', 'signed', 'form_response'],
    ['svix', 'delivery-1', 'signed', 'invoice.paid'],
    ['standard-webhooks', 'delivery-1', 'signed', 'user.created'],
    ['twilio', 'SMdelivery-1:received', 'signed', 'message.received'],
  ])('%s: key %s (%s), event %s', (name, dedupeKey, dedupeSource, eventType) => {
    expect(identity(name)).toMatchObject({ dedupeKey, dedupeSource, eventType });
  });

  it.each([
    ['sentry', 'issue.created'],
    ['grafana', 'firing'],
    ['zoom', 'meeting.started'],
    ['meta', 'whatsapp_business_account.messages'],
    ['discord', 'APPLICATION_AUTHORIZED'],
    ['sendgrid', 'bounce'],
    ['hubspot', 'contact.creation'],
  ])('%s: the hash of the body for a day, event %s', (name, eventType) => {
    const request = configured(name).request();
    const hash = createHash('sha256').update(request.body).digest('hex');
    expect(identity(name, request)).toMatchObject({
      dedupeKey: `sha256:${hash}`,
      dedupeSource: 'hash',
      dedupeTtlMs: DAY_MS,
      eventType,
    });
  });

  it.each(['hmac-sha256', 'token', 'basic', 'none'])('%s: an Idempotency-Key or webhook-id, else nothing', (name) => {
    const request = withHeaders(configured(name).request(), { 'idempotency-key': undefined });
    expect(identity(name, withHeaders(request, { 'idempotency-key': 'k1', 'webhook-id': 'k2' })).dedupeKey).toBe('k1');
    expect(identity(name, withHeaders(request, { 'webhook-id': 'k2' })).dedupeKey).toBe('k2');
    expect(identity(name, { ...request, body: Buffer.from('{"Idempotency-Key":"k3"}') })).toEqual({
      dedupeKey: 'k3',
      dedupeSource: name === 'hmac-sha256' ? 'signed' : 'unsigned',
    });
    expect(identity(name, request)).toEqual({});
  });
});

describe('deliveries with several events', () => {
  it('name each of them, and the delivery when all have one name', () => {
    const events = (names: readonly string[]) => ({
      ...configured('sendgrid').request(),
      body: Buffer.from(JSON.stringify(names.map((event, index) => ({ event, sg_event_id: `e${index}` })))),
    });
    expect(identity('sendgrid', events(['open', 'open']))).toMatchObject({
      eventType: 'open',
      elements: [
        { id: 'e0', eventType: 'open' },
        { id: 'e1', eventType: 'open' },
      ],
    });
    expect(identity('sendgrid', events(['open', 'click'])).eventType).toBeUndefined();
    expect(identity('sendgrid', events([])).elements).toBeUndefined();
  });

  it('count numbers as ids', () => {
    expect(identity('hubspot').elements).toEqual([
      { id: '1', eventType: 'contact.creation', key: `1 1 101 ${SENDER_NOW}` },
    ]);
  });
});

describe('events under other shapes', () => {
  it('github: a form with payload= names its action', () => {
    expect(identity('github', form('github', { payload: '{"action":"closed"}' })).eventType).toBe('issues.closed');
  });

  it('slack: a slash command is named by its command and keyed by its trigger', () => {
    expect(identity('slack', form('slack', { command: '/deploy', trigger_id: '13345224609.738474920' }))).toEqual({
      dedupeKey: '13345224609.738474920',
      dedupeSource: 'signed',
      eventType: '/deploy',
    });
  });

  it('twilio: a call is keyed by its delivery, for one call asks several times', () => {
    expect(identity('twilio', form('twilio', { CallSid: 'CA1', CallStatus: 'in-progress', Digits: '1' }))).toEqual({
      dedupeKey: 'delivery-1',
      dedupeSource: 'unsigned',
      eventType: 'call.in-progress',
    });
  });

  it('discord: an interaction is keyed by its id and named by its kind', () => {
    const request = { ...configured('discord').request(), body: Buffer.from('{"id":"787","type":2}') };
    expect(identity('discord', request)).toEqual({
      dedupeKey: '787',
      dedupeSource: 'signed',
      eventType: 'application_command',
    });
  });

  it('a body that does not parse still has the identity of its headers', () => {
    expect(identity('github', { ...configured('github').request(), body: Buffer.from('{"action":') })).toMatchObject({
      dedupeKey: 'delivery-1',
      eventType: 'issues',
    });
  });

  it('a key of any length becomes one of bounded length', () => {
    const request = withHeaders(configured('github').request(), { 'x-github-delivery': 'x'.repeat(9000) });
    expect(identity('github', request).dedupeKey).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});
