import { expect, it } from 'vitest';
import { newAutomationState } from '../../src/domain/automation-state.ts';
import { NO_USAGE, type Run } from '../../src/domain/run.ts';
import { settle } from '../../src/domain/settle.ts';

const policy = { retry: { attempts: 3, backoffSeconds: [1] }, autoPauseAfter: 10 };

function runWith(writesSent: number): Run {
  return {
    id: 'run_1',
    automation: 'digest',
    trigger: 'manual',
    status: 'running',
    instantCount: 1,
    availableAt: 0,
    createdAt: 0,
    attempt: 1,
    interruptions: 0,
    fence: 1,
    maxActive: 1,
    cancelRequested: false,
    usage: NO_USAGE,
    costUsd: 0,
    steps: 0,
    toolCalls: 0,
    refusals: 0,
    writesSent,
  };
}

it('hands a run back to the queue when the process drains before a write was sent', () => {
  const settled = settle(policy, runWith(0), newAutomationState('digest'), { type: 'handed_back' }, 5);
  expect(settled).toMatchObject({ status: 'queued', availableAt: 5, terminal: false });
});

it('never hands a run back after it has sent a write: it would be sent twice', () => {
  const settled = settle(policy, runWith(1), newAutomationState('digest'), { type: 'handed_back' }, 5);
  expect(settled).toMatchObject({ status: 'failed', reason: 'interrupted', terminal: true });
});
