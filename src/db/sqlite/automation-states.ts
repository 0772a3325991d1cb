import type { NewAuditRecord } from '../../domain/audit.ts';
import type { AutomationState, Pause } from '../../domain/automation-state.ts';
import type { AutomationStates } from '../../domain/ports/automation-states.ts';
import { insertAudit } from './audit.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';
import { readState, readStates, saveState } from './state-row.ts';
import { syncSchedules } from './sync-schedules.ts';

interface Switch {
  readonly state: (before: AutomationState) => AutomationState;
  readonly audit: (before: AutomationState) => Pick<NewAuditRecord, 'action' | 'actor' | 'details'>;
}

export function createAutomationStates(connection: Connection, { write, read }: GroupCommit): AutomationStates {
  const flip = (automation: string, change: Switch, now: number) =>
    write(() => {
      const before = readState(connection, automation);
      const after = change.state(before);
      saveState(connection, after);
      insertAudit(connection, { ...change.audit(before), automation }, now);
      return after;
    });
  return {
    getAutomationState: (automation) => read(() => readState(connection, automation)),
    listAutomationStates: () => read(() => readStates(connection)),
    syncSchedules: (definitions, now) => write(() => syncSchedules(connection, definitions, now)),
    pauseAutomation: (automation, pause, now) => flip(automation, paused(pause), now),
    resumeAutomation: (automation, resume, now) => flip(automation, resumed(resume), now),
    rotateWebhook: (automation, rotate, now) => flip(automation, rotated(rotate), now),
  };
}

function paused(pause: Pause): Switch {
  return {
    state: (before) => ({ ...before, paused: pause }),
    audit: () => ({
      action: pause.automatic ? 'automation.auto_paused' : 'automation.paused',
      actor: pause.by,
      details: { reason: pause.reason },
    }),
  };
}

function resumed({ nextFire, by }: Parameters<AutomationStates['resumeAutomation']>[1]): Switch {
  return {
    state: ({ paused, ...before }) => ({ ...before, nextFire, alert: afterResume(before.alert, paused) }),
    audit: ({ paused }) => ({ action: 'automation.resumed', actor: by, details: { pausedSince: paused?.at } }),
  };
}

/** After an automatic pause the count begins anew, or the very next failure would pause again. */
function afterResume(alert: AutomationState['alert'], pause: Pause | undefined): AutomationState['alert'] {
  return pause?.automatic ? { ...alert, consecutiveFailures: 0 } : alert;
}

function rotated({ graceUntil, by }: Parameters<AutomationStates['rotateWebhook']>[1]): Switch {
  return {
    state: (before) => ({
      ...before,
      webhookGeneration: before.webhookGeneration + 1,
      webhookGraceUntil: graceUntil,
    }),
    audit: ({ webhookGeneration }) => ({
      action: 'webhook.rotated',
      actor: by,
      details: { generation: webhookGeneration + 1, graceUntil },
    }),
  };
}
