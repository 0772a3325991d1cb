import { priceMissing } from '../domain/budget.ts';
import { AmodalError } from '../domain/error.ts';
import { narrowWebhookRun } from '../domain/narrow-webhook-run.ts';
import type { RunSession, SessionRequest } from '../domain/ports/session.ts';
import type { Tool } from '../domain/ports/tool.ts';
import { createRateLimits, type RateLimits } from '../domain/rate-limits.ts';
import type { Outcome, SessionFigures } from '../domain/run.ts';
import { checkOutcome, emptyOutcome } from './check-outcome.ts';
import { converse, type Ending } from './converse.ts';
import { historyMessages } from './history-messages.ts';
import { createPurse } from './purse.ts';
import { redactContent } from './redact.ts';
import { renderPrompt } from './render-prompt.ts';
import { rightsOf } from './rights.ts';
import { createRunFiles } from './run-files.ts';
import type { Session, SessionPorts } from './session.ts';
import { sessionTools } from './session-tools.ts';
import { spawnAgent } from './spawn-agent.ts';
import { createStop, type StopCause } from './stop.ts';
import { systemPrompt } from './system-prompt.ts';
import { takeStep } from './take-step.ts';
import { userMessage } from './user-message.ts';

/** The session: prompt, loop, gate, budget and record of one attempt, from fresh context to an outcome. */
export function createSessionRunner(ports: SessionPorts): RunSession {
  const rates = createRateLimits(() => ports.clock.monotonic());
  return async (request) => {
    const session = openSession(ports, narrowed(request), rates);
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
  const { automation, claimed } = request;
  return isOutside(request) || (automation.trigger === 'webhook' && claimed.state.lastRunSummary !== undefined);
}

function openSession(ports: SessionPorts, request: SessionRequest, rates: RateLimits): Session {
  const { automation, bundle } = request;
  const redact = (text: string) => bundle.secrets.redact(text);
  const session: Session = {
    ports,
    request,
    uses: [],
    tools: new Map(),
    takeStep: (speaker, step) => takeStep(session, speaker, step),
    spawn: (parent, spawn) => spawnAgent(session, parent, spawn),
    purse: createPurse(automation.budget),
    ...(ports.files && { files: createRunFiles({ files: ports.files, clock: ports.clock }, request) }),
    stop: createStop(request.signal, ports.clock, automation.limits.timeoutSeconds),
    takenOut: { requests: 0, bytes: 0 },
    rates,
    input: { untrusted: beginsUntrusted(request) },
    counters: { steps: 0, toolCalls: 0, refusals: 0, writes: 0, writesSent: 0 },
    redact,
    record: (...entries) =>
      request.record(entries.map(({ type, content }) => ({ type, content: redactContent(content, redact) }))),
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
  const every = (await allTools(session)).filter(({ name }) => name !== 'file_read' || attached.length > 0);
  for (const tool of every) session.tools.set(tool.name, tool);
  const tools = sessionTools(every, bundle, automation);
  const rendered = await renderPrompt(request, { ...ports, now: ports.clock.now() });
  if (!rendered.ok) {
    await session.record({ type: 'prompt', content: { prompt: automation.prompt, error: rendered.error } });
    return failure('template_error', rendered.error);
  }
  const model = ports.models(bundle, automation);
  if (priceMissing(automation.budget, (usage) => model.price(usage)))
    return failure('blocked_config', noPrice(model.id));
  const system = systemPrompt({ bundle, automation, now: ports.clock.now(), tools });
  const prompt = userMessage(rendered, { ...told(request), attached }, ports.nonce);
  const history = historyMessages(request.history, session.redact);
  const earlier = request.history && { earlierTurns: request.history.length };
  await session.record({ type: 'prompt', content: { system, user: prompt, model: model.id, ...earlier } });
  ports.faults('prompt');
  return converse(session, { model, system, prompt, history, tools, rights });
}

/** In a conversation the last run may have been somebody else's: its result is not told. */
function told({ claimed, history }: SessionRequest): Pick<SessionRequest, 'claimed'> {
  const { lastRunSummary: _, ...state } = claimed.state;
  return history === undefined ? { claimed } : { claimed: { ...claimed, state } };
}

/** What the bundle has, and what is opened until the session stops. */
async function allTools({ ports, request, stop }: Session): Promise<readonly Tool[]> {
  const { bundle, automation } = request;
  const tools = ports.tools(bundle);
  if (!ports.openTools) return tools;
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
    const failed = { ...rest, error: session.redact(ending.error) };
    if (ending.reason === 'empty_answer') return emptyOutcome(contract, failed);
    return partial ? { ...failed, partial: session.redact(partial) } : failed;
  }
  return checkOutcome(contract, session.redact(ending.text), session.uses);
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
  return `the price of ${model} is unknown, so "budget.perRunUsd" cannot be held: give the model a "price", or say "priceUnknown": "allow"`;
}

function figuresOf({ counters, purse }: Session): SessionFigures {
  const { usage, costUsd } = purse.spent();
  const { steps, toolCalls, refusals, writesSent } = counters;
  return { usage, costUsd, steps, toolCalls, refusals, writesSent };
}
