import { describe, expect, it } from 'vitest';
import type { DeliveryPolicy, Target } from '../../src/domain/automation.ts';
import { type PayloadPorts, type RunEnd, resultDeliveries } from '../../src/domain/delivery-payload.ts';
import type { Event } from '../../src/domain/event.ts';

const NOW = Date.UTC(2026, 3, 5, 14);
const WEBHOOK: Target = { type: 'webhook', options: { url: 'https://hooks.test/x' } };

function ports(more: Partial<PayloadPorts> = {}): PayloadPorts {
  let count = 0;
  const fill = (template: string, variables: Readonly<Record<string, unknown>>) =>
    template.replace(/\{\{(\w+)\}\}/g, (all, name: string) => String(variables[name] ?? all));
  return {
    templates: { render: (template, variables) => ({ ok: true, text: fill(template, variables) }) },
    redact: (text) => text.replaceAll('CANARY-0123456789', '[redacted:KEY]'),
    newId: (prefix) => `${prefix}_${++count}`,
    ...more,
  };
}

function end(result: string, delivery: Partial<DeliveryPolicy> = {}, more: Partial<RunEnd> = {}): RunEnd {
  return {
    automation: { name: 'digest', delivery: { targets: [WEBHOOK], when: 'always', ...delivery } },
    run: 'run_1',
    outcome: { type: 'succeeded', result },
    now: NOW,
    ...more,
  };
}

const payloadOf = (given: RunEnd, with_ = ports()) => resultDeliveries(given, with_).deliveries[0]?.payload;

describe('what a target receives', () => {
  it('is the result with its automation, time and run', () => {
    expect(payloadOf(end('all good'))).toEqual({
      automation: 'digest',
      status: 'success',
      timestamp: '2026-04-05T14:00:00.000Z',
      result: 'all good',
      truncated: false,
      text: 'all good',
      run: 'run_1',
    });
  });

  it('has one row a target, each with its own id', () => {
    const rows = resultDeliveries(end('x', { targets: [WEBHOOK, { type: 'log', options: {} }] }), ports()).deliveries;
    expect(rows.map(({ id, kind, target }) => [id, kind, target.type])).toEqual([
      ['dlv_1', 'result', 'webhook'],
      ['dlv_2', 'result', 'log'],
    ]);
  });

  it('has the object of the answer as data, and the rendered template as message and text', () => {
    const payload = payloadOf(
      end('```json\n{"mrr": 12.4, "status": "green", "run": "mine"}\n```', {
        template: '{{automation}} {{mrr}} {{status}} {{run}} {{gone}}',
      }),
    );
    expect(payload?.data).toEqual({ mrr: 12.4, status: 'green', run: 'mine' });
    expect(payload?.message).toBe('digest 12.4 green run_1 {{gone}}');
    expect(payload?.text).toBe(payload?.message);
  });

  it('falls back to the result when the template fails, and says so', () => {
    const broken = ports({ templates: { render: () => ({ ok: false, error: { message: 'no filter', line: 1 } }) } });
    const { deliveries, problem } = resultDeliveries(end('all good', { template: '{{ x | nope }}' }), broken);
    expect(deliveries[0]?.payload).toMatchObject({ text: 'all good' });
    expect(deliveries[0]?.payload.message).toBeUndefined();
    expect(problem?.message).toBe('no filter');
  });

  it('keeps head and tail of a result over 16 KB, with secrets gone before the cut', () => {
    const secret = 'CANARY-0123456789';
    const filler = 'x'.repeat(8_150);
    for (let shift = 0; shift < 40; shift += 1) {
      const payload = payloadOf(end(`${filler}${'y'.repeat(shift)}${secret}${'z'.repeat(20_000)}THE END`));
      expect(payload?.truncated).toBe(true);
      expect(Buffer.byteLength(payload?.result ?? '')).toBeLessThanOrEqual(16_384);
      expect(payload?.result).toMatch(/THE END$/);
      expect(JSON.stringify(payload)).not.toContain('CANARY-');
    }
  });

  it('is delivered as partial, with the reason, when the run was stopped with text at hand', () => {
    const outcome = {
      type: 'failed',
      reason: 'budget',
      error: 'over 1 USD',
      retryable: false,
      partial: 'so far',
    } as const;
    expect(payloadOf(end('', {}, { outcome }))).toMatchObject({
      status: 'partial',
      result: 'so far',
      reason: 'budget',
    });
    expect(payloadOf(end('', {}, { outcome: { ...outcome, partial: ' ' } }))).toBeUndefined();
    expect(payloadOf(end('', {}, { outcome: { type: 'cancelled' } }))).toBeUndefined();
  });

  it('is not sent when it says nothing and only what says something is wanted', () => {
    const silent = ['{"items": [], "count": 0, "note": ""}', '[]', '```json\n[]\n```', '{}'];
    expect(silent.map((text) => payloadOf(end(text, { when: 'nonEmpty' })))).toEqual(silent.map(() => undefined));
    expect(payloadOf(end('{"items": ["a"]}', { when: 'nonEmpty' }))).toBeDefined();
    expect(payloadOf(end('nothing new', { when: 'nonEmpty' }))).toBeDefined();
  });

  it('is not sent when it equals the last result and only changes are wanted', () => {
    const changed = (previousResult?: string) => payloadOf(end('same', { when: 'changed' }, { previousResult }));
    expect(changed('same\n')).toBeUndefined();
    expect(changed('other')).toBeDefined();
    expect(changed(undefined)).toBeDefined();
  });
});

describe('the Slack thread of an event', () => {
  const slack: Target = { type: 'slack', options: { channel: 'C1', token: 'env:T', thread: 'event' } };
  const event = (body: unknown): Event => ({
    source: 'webhook',
    body: JSON.stringify(body),
    format: 'json',
    headers: {},
    query: {},
  });
  const threadOf = (given: Event | undefined, target = slack) =>
    payloadOf(end('x', { targets: [target] }, { event: given }))?.thread;

  it('is taken from either pair of keys', () => {
    expect(threadOf(event({ slack_channel: 'C0X', thread_ts: '1700000000.123456' }))).toEqual({
      channel: 'C0X',
      ts: '1700000000.123456',
    });
    expect(threadOf(event({ channel: '#ops', slack_thread_ts: '1.2' }))).toEqual({ channel: '#ops', ts: '1.2' });
    const form: Event = {
      source: 'webhook',
      body: 'channel=C2&slack_thread_ts=1.2',
      format: 'form',
      headers: {},
      query: {},
    };
    expect(threadOf(form)).toEqual({ channel: 'C2', ts: '1.2' });
  });

  it('is nothing when the pair is mixed, malformed or not asked for', () => {
    expect(threadOf(event({ channel: 'C0X', thread_ts: '1.2' }))).toBeUndefined();
    expect(threadOf(event({ slack_channel: 'C0X&as_user=1', thread_ts: '1.2' }))).toBeUndefined();
    expect(threadOf(event({ slack_channel: 'C0X', thread_ts: 1.2 }))).toBeUndefined();
    expect(threadOf(undefined)).toBeUndefined();
    const plain = { ...slack, options: { channel: 'C1' } };
    expect(threadOf(event({ slack_channel: 'C0X', thread_ts: '1.2' }), plain)).toBeUndefined();
  });
});
