import { describe, expect, it } from 'vitest';
import { alertDeliveries, noticeDeliveries } from '../../src/domain/alert-payload.ts';
import type { AlertPolicy } from '../../src/domain/automation.ts';
import { newAutomationState } from '../../src/domain/automation-state.ts';
import type { Settlement } from '../../src/domain/settle.ts';

const NOW = Date.UTC(2026, 3, 5, 14);
const failureAlert: AlertPolicy = {
  after: 1,
  cooldownMinutes: 60,
  include: [],
  recovery: true,
  targets: [{ type: 'webhook', options: { url: 'https://pager.test/x' } }],
};
const subject = { automation: { name: 'digest', failureAlert }, run: 'run_1', now: NOW };
const ports = {
  redact: (text: string) => text.replaceAll('CANARY-0123456789', '[redacted:KEY]'),
  newId: () => 'dlv_1',
};
const failing = { kind: 'alert', consecutiveFailures: 3, since: NOW - 7_200_000 } as const;

function settlement(more: Partial<Settlement>): Settlement {
  return { status: 'failed', terminal: true, state: newAutomationState('digest'), ...more };
}

const alert = (more: Partial<Settlement>) =>
  alertDeliveries(subject, failing, { settlement: settlement(more), ports })[0]?.payload;

describe('an alert', () => {
  it('says what failed, why, how often and since when', () => {
    expect(alert({ reason: 'model_error', error: 'the provider answered 500' })).toEqual({
      automation: 'digest',
      status: 'failure',
      timestamp: '2026-04-05T14:00:00.000Z',
      error: 'the provider answered 500',
      reason: 'model_error',
      consecutiveFailures: 3,
      run: 'run_1',
      since: '2026-04-05T12:00:00.000Z',
      text: 'digest failed 3 times in a row since 2026-04-05T12:00:00.000Z: model_error: the provider answered 500 (run_1)',
    });
  });

  it('carries no secrets, links, line breaks or bulk of the error', () => {
    const error = `at https://evil.test/?d=x CANARY-0123456789\n\u001b[31m${'y'.repeat(1_000_000)}\ud800`;
    const payload = alert({ reason: 'tool_error', error });
    expect(payload?.error).toMatch(/^at hxxps:\/\/evil\.test\/ \[redacted:KEY\] y+…$/);
    expect([...(payload?.error ?? '')].length).toBe(300);
    expect(payload?.text).not.toMatch(/https?:|CANARY|\n/);
  });

  it('says when the failures paused the automation', () => {
    const payload = alert({ reason: 'timeout', error: 'too slow', autoPaused: '10 failures in a row' });
    expect(payload?.text).toMatch(/It is paused now: 10 failures in a row\.$/);
  });

  it('is followed by one recovery note', () => {
    const recovery = { ...failing, kind: 'recovery' } as const;
    const [row] = alertDeliveries(subject, recovery, { settlement: settlement({ status: 'succeeded' }), ports });
    expect(row?.kind).toBe('recovery');
    expect(row?.payload).toMatchObject({ status: 'recovered', consecutiveFailures: 3 });
    expect(row?.payload.text).toBe('digest works again after 3 failures since 2026-04-05T12:00:00.000Z (run_1)');
  });

  it('goes to the thread of the run that failed where its target says so, a recovery note does not', () => {
    const body = '{"channel":"C1","slack_thread_ts":"1700000000.1"}';
    const event = { source: 'webhook', format: 'json', headers: {}, query: {}, body } as const;
    const target = { type: 'slack', options: { channel: '#ops', thread: 'event' } };
    const asked = { name: 'digest', failureAlert: { ...failureAlert, targets: [target, ...failureAlert.targets] } };
    const threads = (kind: 'alert' | 'recovery') =>
      alertDeliveries(
        { ...subject, automation: asked, event },
        { ...failing, kind },
        { settlement: settlement({}), ports },
      ).map(({ payload }) => payload.thread);
    expect(threads('alert')).toEqual([{ channel: 'C1', ts: '1700000000.1' }, undefined]);
    expect(threads('recovery')).toEqual([undefined, undefined]);
  });

  it('can be about things that are not the end of a run', () => {
    const notice = { reason: 'missed', error: '3 instants passed while down', consecutiveFailures: 0 } as const;
    const [row] = noticeDeliveries(subject, notice, ports);
    expect(row?.kind).toBe('alert');
    expect(row?.payload.text).toBe('digest failed: missed: 3 instants passed while down (run_1)');
  });

  it('goes nowhere when the file names no targets', () => {
    const without = { ...subject, automation: { name: 'digest' } };
    expect(alertDeliveries(without, failing, { settlement: settlement({}), ports })).toEqual([]);
  });
});
