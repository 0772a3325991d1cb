import { priceMissing } from '../domain/budget.ts';
import { AmodalError } from '../domain/error.ts';
import { narrowWebhookRun } from '../domain/narrow-webhook-run.ts';
import type { StoredFile } from '../domain/ports/files.ts';
import type { Model } from '../domain/ports/model.ts';
import type { RunSession, SessionRequest } from '../domain/ports/session.ts';
import type { Tool } from '../domain/ports/tool.ts';
import { createRateLimits, type RateLimits } from '../domain/rate-limits.ts';
import { NO_USAGE, type Outcome, type SessionFigures } from '../domain/run.ts';
import type { NewTranscriptEntry } from '../domain/transcript.ts';
import { checkOutcome, emptyOutcome } from './check-outcome.ts';
import { converse, type Ending } from './converse.ts';
import { historyMessages } from './history-messages.ts';
import { createPurse } from './purse.ts';
import { createRecordedModel } from './recorded-model.ts';
import { redactContent } from './redact.ts';
import { isOffline } from './rehearse.ts';
import { renderPrompt } from './render-prompt.ts';
import { rightsOf } from './rights.ts';
import { createRollingBudgets } from './rolling-budgets.ts';
import { createRunFiles } from './run-files.ts';
import type { Session, SessionPorts } from './session.ts';
import { sessionTools } from './session-tools.ts';
import { spawnAgent } from './spawn-agent.ts';
import { createStop, type StopCause } from './stop.ts';
import { systemPrompt } from './system-prompt.ts';
import { takeStep } from './take-step.ts';
import { userMessage } from './user-message.ts';
import { withoutTraffic } from './without-traffic.ts';

/** The session: prompt, loop, gate, budget and record of one attempt, from fresh context to an outcome. */
export function createSessionRunner(ports: SessionPorts): RunSession {
  const shared = { rates: createRateLimits(() => ports.clock.monotonic()), rollingOf: createRollingBudgets(ports) };
  return async (request) => {
    const session = openSession(ports, narrowed(request), shared);
    const outcome = await runToOutcome(session);
    session.stop.because('ended');
    return { outcome, figures: figuresOf(session) };
  };
}

/** Text of a stranger begins this run: the bundle may give such runs less than their automation lists. */
function narrowed(request: SessionRequest): SessionRequest {
  if (!isOutside(request)) return request;
  const { automation, bundle } = request;
  return { ...request, automation: narrowWebhookRun(automation, bundle.settings.webhookRuns) };
}

function isOutside({ claimed: { run, event } }: SessionRequest): boolean {
  return event?.source === 'webhook' || run.trigger === 'webhook';
}

/** What an earlier run of a webhook's automation found is no more trusted than its event was. */
function beginsUntrusted(request: SessionRequest): boolean {
  const { automation, claimed, replay } = request;
  return (
    isOutside(request) ||
    replay?.untrusted === true ||
    (automation.trigger === 'webhook' && claimed.state.lastRunSummary !== undefined)
  );
}

/** What all sessions of the process have in common. */
interface Shared {
  readonly rates: RateLimits;
  readonly rollingOf: ReturnType<typeof createRollingBudgets>;
}

function openSession(ports: SessionPorts, request: SessionRequest, { rates, rollingOf }: Shared): Session {
  const { automation, bundle } = request;
  const redact = (text: string) => bundle.secrets.redact(text);
  const rolling = isOffline({ request }) ? undefined : rollingOf(automation);
  const kept = automation.recordTraffic === false ? withoutTraffic : (entry: NewTranscriptEntry) => entry;
  const session: Session = {
    ports,
    request,
    uses: [],
    tools: new Map(),
    takeStep: (speaker, step) => takeStep(session, speaker, step),
    spawn: (parent, spawn) => spawnAgent(session, parent, spawn),
    purse: createPurse(automation.budget, request.earlier),
    ...(rolling && { rolling }),
    ...(ports.files && { files: createRunFiles({ files: ports.files, clock: ports.clock }, request) }),
    stop: createStop(request.signal, ports.clock, automation.limits.timeoutSeconds),
    takenOut: { requests: 0, bytes: 0 },
    rates,
    input: { untrusted: beginsUntrusted(request) },
    counters: { steps: 0, toolCalls: 0, refusals: 0, writes: 0, writesSent: 0 },
    redact,
    record: (...entries) =>
      request.record(entries.map(kept).map(({ type, content }) => ({ type, content: redactContent(content, redact) }))),
  };
  return session;
}

async function runToOutcome(session: Session): Promise<Outcome> {
  try {
    return await outcomeOf(session, await runSession(session));
  } catch (error) {
    session.ports.logger.error('the session broke off', { run: session.request.claimed.run.id, error: String(error) });
    const message = session.redact(error instanceof Error ? error.message : String(error));
    if (error instanceof AmodalError && error.code === 'unavailable') return failure('blocked_config', message);
    return { type: 'failed', reason: 'interrupted', error: message, retryable: true };
  }
}

async function runSession(session: Session): Promise<Ending> {
  const { ports, request } = session;
  const { automation, bundle } = request;
  const rights = rightsOf(bundle, automation);
  const attached = (await session.files?.listAttached()) ?? [];
  const hasFiles = attached.length > 0 || request.history?.some(({ files }) => files !== undefined) === true;
  const every = (await allTools(session)).filter(({ name }) => name !== 'file_read' || hasFiles);
  for (const tool of every) session.tools.set(tool.name, tool);
  const tools = sessionTools(every, bundle, automation);
  const asked = await promptOf(session, attached);
  if (!asked.ok) {
    await session.record({ type: 'prompt', content: { prompt: automation.prompt, error: asked.error } });
    return failure('template_error', asked.error);
  }
  const model = modelOf(session);
  if (!isOffline(session) && priceMissing(automation.budget, (usage) => model.price(usage)))
    return failure('blocked_config', noPrice(model.id));
  const system = systemPrompt({ bundle, automation, now: ports.clock.now(), tools });
  const { prompt } = asked;
  const history = historyMessages(request.history, session.redact);
  const more = {
    ...(request.history && { earlierTurns: request.history.length }),
    ...(request.replay && { replay: request.replay.mode }),
  };
  await session.record({ type: 'prompt', content: { system, user: prompt, model: model.id, ...more } });
  ports.faults('prompt');
  return converse(session, { model, system, prompt, history, tools, rights });
}

/** A replay says what the old run said; where that is not known, its event is put into the prompt once more. */
async function promptOf(
  { ports, request }: Session,
  attached: readonly StoredFile[],
): Promise<{ readonly ok: true; readonly prompt: string } | { readonly ok: false; readonly error: string }> {
  if (request.replay?.prompt !== undefined) return { ok: true, prompt: request.replay.prompt };
  const rendered = await renderPrompt(request, { ...ports, now: ports.clock.now() });
  if (!rendered.ok) return rendered;
  return { ok: true, prompt: userMessage(rendered, { ...told(request), attached }, ports.nonce) };
}

function modelOf(session: Session): Model {
  const { bundle, automation, replay } = session.request;
  const model = session.ports.models(bundle, automation);
  return replay && isOffline(session) ? createRecordedModel(model, replay.traffic) : model;
}

/** In a conversation the last run may have been somebody else's: its result is not told. */
function told({ claimed, history }: SessionRequest): Pick<SessionRequest, 'claimed'> {
  const { lastRunSummary: _, ...state } = claimed.state;
  return history === undefined ? { claimed } : { claimed: { ...claimed, state } };
}

/** What the bundle has, and what is opened until the session stops. */
async function allTools(session: Session): Promise<readonly Tool[]> {
  const { ports, request, stop } = session;
  const { bundle, automation } = request;
  const tools = ports.tools(bundle);
  if (!ports.openTools || isOffline(session)) return tools;
  const opening = ports.openTools({ bundle, automation, taken: tools.map(({ name }) => name), signal: stop.signal });
  return [...tools, ...((await stop.race(opening)) ?? [])];
}

async function outcomeOf(session: Session, ending: Ending): Promise<Outcome> {
  const contract = session.request.automation.success;
  const cause = session.stop.cause();
  if (ending.type === 'failed' && cause !== undefined && cause !== 'ended') {
    const outcome = stoppedOutcome(session, cause);
    const { partial } = ending;
    return outcome.type === 'failed' && partial ? { ...outcome, partial: session.redact(partial) } : outcome;
  }
  if (ending.type === 'failed') {
    const { partial, ...rest } = ending;
    const reason = reasonOf(session, ending);
    const failed = { ...rest, reason, error: session.redact(ending.error) };
    if (reason === 'empty_answer') return emptyOutcome(contract, failed, session.uses);
    return partial ? { ...failed, partial: session.redact(partial) } : failed;
  }
  return checkOutcome(contract, session.redact(ending.text), session.uses);
}

/** Offline, what ends the record ends the replay: for the reason that the old run had. */
function reasonOf(session: Session, { reason, error }: Extract<Ending, { type: 'failed' }>) {
  const { replay } = session.request;
  const isEndOfRecord = isOffline(session) && reason === 'model_error' && error === replay?.traffic.end.error;
  return isEndOfRecord ? (replay?.traffic.end.reason ?? reason) : reason;
}

function stoppedOutcome(session: Session, cause: Exclude<StopCause, 'ended'>): Outcome {
  const { timeoutSeconds } = session.request.automation.limits;
  switch (cause) {
    case 'timeout':
      return {
        type: 'failed',
        reason: 'timeout',
        error: `the run took longer than its limit of ${timeoutSeconds} seconds ("limits.timeoutSeconds")`,
        retryable: true,
      };
    case 'cancelled':
      return { type: 'cancelled' };
    case 'lease_lost':
      return { type: 'failed', reason: 'lease_lost', error: 'another worker took this run over', retryable: true };
    case 'drain':
      if (session.counters.writesSent === 0) return { type: 'handed_back' };
      return failure('interrupted', 'the runtime was stopped after this run had sent a write');
  }
}

function failure(
  reason: Extract<Outcome, { type: 'failed' }>['reason'],
  error: string,
): Extract<Outcome, { type: 'failed' }> {
  return { type: 'failed', reason, error, retryable: false };
}

function noPrice(model: string): string {
  return `the price of ${model} is unknown, so its budget in US dollars cannot be held: give the model a "price", or say "priceUnknown": "allow"`;
}

/** Offline nothing was used: the old run has paid. */
function figuresOf(session: Session): SessionFigures {
  const { counters, purse } = session;
  const { usage, costUsd } = isOffline(session) ? { usage: NO_USAGE, costUsd: 0 } : purse.spent();
  const { steps, toolCalls, refusals, writesSent } = counters;
  return { usage, costUsd, steps, toolCalls, refusals, writesSent };
}
