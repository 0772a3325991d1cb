import type { AutomationState, Pause } from '../automation-state.ts';
import type { ScheduleDefinition } from './run-queue.ts';

export interface AutomationStates {
  getAutomationState(automation: string): Promise<AutomationState>;
  listAutomationStates(): Promise<readonly AutomationState[]>;
  /**
   * Brings stored schedules in line with the bundle: new and changed ones get their first fire, those that are gone
   * or changed lose their queued cron runs of the old definition (`skipped(withdrawn)`), in one transaction. A run
   * that has begun and waits for its next attempt is no plan any more and stays.
   */
  syncSchedules(definitions: readonly ScheduleDefinition[], now: number): Promise<void>;
  /** Leaves an audit row, as do resume and rotate. */
  pauseAutomation(automation: string, pause: Pause, now: number): Promise<AutomationState>;
  /**
   * Cron starts from now: `nextFire` becomes the first instant after it, given by the caller. After an automatic pause
   * failures are counted anew.
   */
  resumeAutomation(
    automation: string,
    resume: { readonly nextFire?: number; readonly by: string },
    now: number,
  ): Promise<AutomationState>;
  rotateWebhook(
    automation: string,
    rotate: { readonly graceUntil?: number; readonly by: string },
    now: number,
  ): Promise<AutomationState>;
}
