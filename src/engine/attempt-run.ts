import type { Automation } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import type { HistoryTurn } from '../domain/conversation.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Database } from '../domain/ports/database.ts';
import type { NewId } from '../domain/ports/ids.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { ClaimedRun } from '../domain/ports/run-queue.ts';
import type { RunSession, SessionResult, StopReason } from '../domain/ports/session.ts';
import type { Templates } from '../domain/ports/templates.ts';
import type { Replay } from '../domain/replay.ts';
import { isRehearsal, NO_USAGE, type Outcome, type SessionFigures } from '../domain/run.ts';
import type { Settlement } from '../domain/settle.ts';
import type { Spend } from '../domain/usage.ts';
import { conversationHistory } from './conversation-history.ts';
import { earlierSpend } from './earlier-spend.ts';
import { alertAboutBlocked } from './extra-alerts.ts';
import { keepLease } from './keep-lease.ts';
import type { DescribeProvenance } from './provenance.ts';
import { readReplay } from './read-replay.ts';
import { settleAttempt } from './settle-attempt.ts';
import { spentBudget } from './spent-budget.ts';

export interface AttemptPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly logger: Logger;
  readonly templates: Templates;
  readonly runSession: RunSession;
  readonly provenanceOf: DescribeProvenance;
}

const NO_FIGURES: SessionFigures = {
  usage: NO_USAGE,
  costUsd: 0,
  steps: 0,
  toolCalls: 0,
  refusals: 0,
  writesSent: 0,
};

/**
 * One attempt of a claimed run, from the bundle that is in force when it begins to its settlement. Undefined when the
 * lease was lost: then nothing was written. `drain` aborts when the process wants to end.
 */
export async function attemptRun(
  ports: AttemptPorts,
  claimed: ClaimedRun,
  { bundle, drain }: { readonly bundle: Bundle; readonly drain: AbortSignal },
): Promise<Settlement | undefined> {
  const automation = bundle.automations.get(claimed.run.automation);
  if (!automation) return settleAttempt(ports, { claimed, bundle, result: blocked(bundle, claimed.run.automation) });
  const { id, fence, replayOf } = claimed.run;
  const skipped = await spentBudget(ports, automation, claimed.run);
  if (skipped) {
    return settleAttempt(ports, { claimed, bundle, automation, result: { outcome: skipped, figures: NO_FIGURES } });
  }
  const provenance = await ports.provenanceOf(bundle, automation);
  if (!(await ports.database.startRun(id, fence, provenance, ports.clock.now()))) return undefined;
  const earlier = await earlierSpend(ports.database, claimed.run);
  const replay = await readReplay(ports.database, claimed.run);
  const history = await conversationHistory(ports.database, replayOf ?? id);
  const more = { ...(earlier && { earlier }), ...(replay && { replay }), ...(history && { history }) };
  const pinned = { claimed, bundle, automation, ...more };
  const result = await runWatched(ports, pinned, drain);
  if (!result) return undefined;
  const settlement = await settleAttempt(ports, { claimed, bundle, automation, result });
  if (settlement && !isRehearsal(claimed.run))
    await alertAboutBlocked(ports, automation, { bundle, run: claimed.run, settlement });
  return settlement;
}

interface Pinned {
  readonly claimed: ClaimedRun;
  readonly bundle: Bundle;
  readonly automation: Automation;
  readonly earlier?: Spend;
  readonly replay?: Replay;
  readonly history?: readonly HistoryTurn[];
}

/** Runs the session while its lease is kept; undefined when the lease was lost. */
async function runWatched(ports: AttemptPorts, pinned: Pinned, drain: AbortSignal): Promise<SessionResult | undefined> {
  const { database, clock } = ports;
  const { run } = pinned.claimed;
  const session = new AbortController();
  const over = new AbortController();
  const stop = (reason: StopReason) => session.abort(reason);
  const onDrain = () => stop('drain');
  if (drain.aborted) onDrain();
  drain.addEventListener('abort', onDrain, { once: true });
  const lease = keepLease(ports, run, { signal: over.signal, stop });
  try {
    const result = await guarded(ports, pinned, {
      signal: session.signal,
      record: async (entries) => {
        if (entries.length === 0) return;
        if (!(await database.appendTranscript(run.id, run.fence, entries, clock.now()))) stop('lease_lost');
      },
    });
    return stopped(result, session.signal.aborted ? session.signal.reason : undefined);
  } finally {
    drain.removeEventListener('abort', onDrain);
    over.abort('over');
    await lease;
  }
}

/** A session never throws; if ours does all the same, the run ends with a reason instead of hanging. */
async function guarded(
  { runSession, logger }: AttemptPorts,
  pinned: Pinned,
  hooks: { readonly signal: AbortSignal; readonly record: Parameters<RunSession>[0]['record'] },
): Promise<SessionResult> {
  try {
    return await runSession({ ...pinned, ...hooks });
  } catch (error) {
    logger.error('a session broke', { run: pinned.claimed.run.id, error: pinned.bundle.secrets.redact(String(error)) });
    return {
      outcome: failed('interrupted', 'The session broke off inside the runtime; its log says where.'),
      figures: NO_FIGURES,
    };
  }
}

/** What a session came to once it was told to stop. One that had succeeded by then has succeeded. */
function stopped(result: SessionResult, reason: StopReason | undefined): SessionResult | undefined {
  switch (reason) {
    case 'lease_lost':
      return undefined;
    case 'cancelled':
      return result.outcome.type === 'succeeded' ? result : { ...result, outcome: { type: 'cancelled' } };
    case 'drain':
      return result.outcome.type === 'succeeded' ? result : { ...result, outcome: { type: 'handed_back' } };
    case undefined:
      return result;
  }
}

function blocked(bundle: Bundle, name: string): SessionResult {
  const broken = bundle.broken.get(name);
  const why = broken
    ? `${broken.file} is broken${broken.diagnostics[0] ? `: ${broken.diagnostics[0].message}` : ''}; "amodal validate" lists what to repair.`
    : `There is no automation "${name}" in the bundle any more; restore its file to run it again.`;
  return { outcome: failed('blocked_config', why), figures: NO_FIGURES };
}

function failed(reason: 'blocked_config' | 'interrupted', error: string): Outcome {
  return { type: 'failed', reason, error, retryable: false };
}
