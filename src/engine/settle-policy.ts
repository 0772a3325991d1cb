import { type Automation, DEFAULT_LIMITS, DEFAULT_RETRY } from '../domain/automation.ts';
import type { SettlePolicy } from '../domain/settle.ts';

/** What the file says about the end of a run; the defaults where there is no file any more. */
export function settlePolicyOf(automation: Automation | undefined): SettlePolicy {
  if (!automation) return { retry: DEFAULT_RETRY, autoPauseAfter: DEFAULT_LIMITS.autoPauseAfter };
  const { retry, failureAlert, limits } = automation;
  return { retry, alert: failureAlert, autoPauseAfter: limits.autoPauseAfter };
}
