import type { AlertIntent } from '../domain/alert.ts';
import { alertDeliveries } from '../domain/alert-payload.ts';
import type { Automation } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import { resultDeliveries } from '../domain/delivery-payload.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Database } from '../domain/ports/database.ts';
import type { NewId } from '../domain/ports/ids.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { ClaimedRun, SettleRun } from '../domain/ports/run-queue.ts';
import type { SessionResult } from '../domain/ports/session.ts';
import type { Templates } from '../domain/ports/templates.ts';
import { isRehearsal, type Outcome, type Run } from '../domain/run.ts';
import type { Settlement } from '../domain/settle.ts';
import { withoutSecrets } from '../domain/without-secrets.ts';
import { settlePolicyOf } from './settle-policy.ts';

/** A result that took minutes is worth a few tries: the state may be busy for a moment. */
const SETTLE_PAUSES_MS = [250, 1000, 4000];

/** How many runs back a previous result is looked for. */
const PREVIOUS_RUNS = 50;

export interface SettlePorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly logger: Logger;
  readonly templates: Pick<Templates, 'render'>;
}

export interface Attempt {
  readonly claimed: ClaimedRun;
  readonly bundle: Bundle;
  /** Undefined when the bundle has no such automation: then nobody is told but the record. */
  readonly automation?: Automation;
  readonly result: SessionResult;
}

/** Ends or requeues a run with everything that belongs to its end, in one transaction; undefined = lease lost. */
export async function settleAttempt(ports: SettlePorts, attempt: Attempt): Promise<Settlement | undefined> {
  const { database, clock, logger } = ports;
  const settle = await settleOf(ports, await withoutRepeatedWrites(ports, attempt));
  for (const pause of SETTLE_PAUSES_MS) {
    try {
      return await database.settleRun(settle, clock.now());
    } catch (error) {
      logger.warn('a run could not be settled and is tried again', { run: settle.run, error: String(error) });
      await clock.sleep(pause);
    }
  }
  return database.settleRun(settle, clock.now());
}

/** A run that has sent a write is never started again by itself: handed back, it has ended. */
async function withoutRepeatedWrites({ database }: SettlePorts, attempt: Attempt): Promise<Attempt> {
  const { outcome, figures } = attempt.result;
  if (outcome.type !== 'handed_back') return attempt;
  const sent = Math.max(figures.writesSent, (await database.getRun(attempt.claimed.run.id))?.writesSent ?? 0);
  if (sent === 0) return attempt;
  const error = `The runtime stopped after the run had sent ${sent} ${sent === 1 ? 'write' : 'writes'}; it is not started again by itself.`;
  const ended: Outcome = { type: 'failed', reason: 'interrupted', error, retryable: false };
  return { ...attempt, result: { outcome: ended, figures } };
}

async function settleOf(ports: SettlePorts, { claimed, bundle, automation, result }: Attempt): Promise<SettleRun> {
  const { run } = claimed;
  const { outcome, figures } = result;
  const now = ports.clock.now();
  const payloads = { ...ports, redact: (text: string) => withoutSecrets(bundle.secrets, text) };
  const alerts = (intent: AlertIntent, settlement: Settlement) =>
    automation
      ? alertDeliveries({ automation, run: run.id, event: claimed.event, now }, intent, { settlement, ports: payloads })
      : [];
  const previousResult = automation ? await readPreviousResult(ports, automation, run) : undefined;
  const end = { run: run.id, outcome, event: claimed.event, previousResult, now };
  const { deliveries, problem } = automation ? resultDeliveries({ ...end, automation }, payloads) : { deliveries: [] };
  if (problem) {
    ports.logger.warn('a delivery template could not be used', {
      run: run.id,
      error: problem.message,
      line: problem.line,
    });
  }
  const policy = settlePolicyOf(automation);
  const transcript = automation && isQuiet(outcome) && automation.delivery.targets.length > 0 ? [SUPPRESSED] : [];
  return { run: run.id, fence: run.fence, outcome, figures, policy, deliveries, alerts, transcript };
}

const SUPPRESSED = {
  type: 'delivery.suppressed',
  content: { reason: 'the result is empty, and the file says "success.empty": "suppress"' },
} as const;

function isQuiet(outcome: Outcome): boolean {
  return outcome.type === 'succeeded' && outcome.quiet === true;
}

/** Only `when: "changed"` asks for it. */
async function readPreviousResult(
  { database }: SettlePorts,
  { name, delivery }: Automation,
  run: Run,
): Promise<string | undefined> {
  if (delivery.when !== 'changed') return undefined;
  const runs = await database.listRuns({
    automation: name,
    limit: PREVIOUS_RUNS,
    before: isRehearsal(run) ? run.replayOf : run.id,
  });
  return runs.find((one) => one.status === 'succeeded' && !isRehearsal(one))?.result;
}
