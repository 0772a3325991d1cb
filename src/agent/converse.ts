import { estimateTokens, NO_RESERVATION, type Reservation } from '../domain/budget.ts';
import { withoutDataTags } from '../domain/data-block.ts';
import type { Message, ModelAnswer, ModelRequest } from '../domain/ports/model.ts';
import type { Outcome } from '../domain/run.ts';
import { NO_SPEND } from '../domain/usage.ts';
import { finishStep } from './finish-step.ts';
import { isOffline } from './rehearse.ts';
import { type Session, type Speaker, stepLines } from './session.ts';
import { useTools } from './use-tools.ts';

const DEFAULT_MAX_OUTPUT_TOKENS = 8_192;
const FINAL_TOKENS = 1_024;
const FINAL_REQUEST =
  'The budget of this run is spent and there are no more tools. Answer now in a few lines with what you have found, and say that it is not complete.';

/** How a conversation ended; what stopped it from outside is the session's `stop`. */
export type Ending = { readonly type: 'answer'; readonly text: string } | Extract<Outcome, { type: 'failed' }>;

type Answer = Extract<ModelAnswer, { ok: true }>;
type Asked =
  | { readonly type: 'answered'; readonly answer: Answer; readonly step: number }
  | { readonly type: 'ended'; readonly ending: Ending }
  | { readonly type: 'over-budget'; readonly message: string };

/** Model and tools in turn until a final answer, a limit, or the session's stop. */
export async function converse(session: Session, speaker: Speaker): Promise<Ending> {
  const messages: Message[] = [...(speaker.history ?? []), { role: 'user', text: speaker.prompt }];
  let partial = '';
  let lastInput = 0;
  for (;;) {
    const asked = await ask(session, speaker, { messages, lastInput, tools: [...speaker.tools.values()] });
    if (asked.type === 'ended') return withPartial(asked.ending, partial);
    if (asked.type === 'over-budget') return endOverBudget(session, speaker, { messages, partial, ...asked });
    const { answer, step } = asked;
    const next = finishStep(answer);
    if (next.type !== 'tools') return withPartial(next, partial);
    partial = answer.text.trim() || partial;
    lastInput = answer.usage.totalTokens;
    messages.push({ role: 'assistant', text: withoutDataTags(answer.text), toolCalls: answer.toolCalls });
    if (stepsLeft(session) <= 0) return withPartial(tooManySteps(session), partial);
    messages.push({ role: 'tool', results: await useTools(session, speaker, { calls: answer.toolCalls, step }) });
  }
}

interface Turn {
  readonly messages: readonly Message[];
  /** Tokens of the turn before, all of which come back as input. */
  readonly lastInput: number;
  readonly tools: ModelRequest['tools'];
}

async function ask(session: Session, speaker: Speaker, turn: Turn): Promise<Asked> {
  if (stepsLeft(session) <= 0) return { type: 'ended', ending: tooManySteps(session) };
  const price = speaker.model.price.bind(speaker.model);
  const inputTokens = Math.max(turn.lastInput, 0) || estimateTokens(charactersOf(speaker, turn));
  const estimate = { inputTokens, maxOutputTokens: speaker.model.maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS };
  const { purse, rolling } = session;
  const reserved = await (rolling
    ? rolling.reserve((leftUsd) => purse.reserve(estimate, price, leftUsd))
    : purse.reserve(estimate, price));
  if (!reserved.ok) return { type: 'over-budget', message: reserved.message };
  session.counters.steps += 1;
  const step = session.counters.steps;
  const { maxOutputTokens, reservation } = reserved;
  const request = {
    system: speaker.system,
    messages: turn.messages,
    ...historyOf(speaker),
    tools: turn.tools.map(definitionOf),
    maxOutputTokens,
  };
  return generate(session, speaker, { request, reservation, step });
}

interface Call {
  readonly request: ModelRequest;
  readonly reservation: Reservation;
  readonly step: number;
}

/** What is held of the 30 days is only let go once the real cost is on record. */
async function generate(session: Session, speaker: Speaker, call: Call): Promise<Asked> {
  try {
    return await answerOf(session, speaker, call);
  } finally {
    session.rolling?.release(call.reservation.usd);
  }
}

async function answerOf(session: Session, speaker: Speaker, { request, reservation, step }: Call): Promise<Asked> {
  const { purse, stop } = session;
  const answer = stop.signal.aborted ? undefined : await stop.race(speaker.model.generate(request, stop.signal));
  if (answer === undefined) return { type: 'ended', ending: stopped() };
  if (!answer.ok) {
    purse.settle(reservation, NO_SPEND);
    const { message, httpStatus, retryable } = answer.error;
    return { type: 'ended', ending: { type: 'failed', reason: 'model_error', error: message, httpStatus, retryable } };
  }
  purse.settle(reservation, { usage: answer.usage, costUsd: answer.costUsd });
  await session.record(...stepLines({ ...speaker, isReplayed: isOffline(session) }, step, answer));
  return { type: 'answered', answer, step };
}

interface OverBudget {
  readonly messages: readonly Message[];
  readonly partial: string;
  readonly message: string;
}

/** The run's one last turn, without tools, so that what it has found is not lost; a sub-agent just ends. */
async function endOverBudget(
  session: Session,
  speaker: Speaker,
  { messages, partial, message }: OverBudget,
): Promise<Ending> {
  const ending: Ending = { type: 'failed', reason: 'budget', error: message, retryable: false };
  if (speaker.agent !== undefined) return withPartial(ending, partial);
  session.counters.steps += 1;
  const request = {
    system: speaker.system,
    messages: lastMessages(speaker, messages),
    ...historyOf(speaker),
    tools: [],
    maxOutputTokens: FINAL_TOKENS,
  };
  const step = session.counters.steps;
  const asked = await generate(session, speaker, { request, reservation: NO_RESERVATION, step });
  const text = asked.type === 'answered' ? asked.answer.text.trim() : '';
  return withPartial(ending, text || partial);
}

/** What was done so far as plain text: providers refuse tool calls in a request that names no tools. */
function lastMessages({ history = [] }: Speaker, messages: readonly Message[]): readonly Message[] {
  const [first, ...rest] = messages.slice(history.length);
  const told = rest.map((message) => {
    if (message.role === 'tool') return message.results.map(({ text }) => text).join('\n');
    return message.text;
  });
  const task = first?.role === 'user' ? first.text : '';
  const text = [task, ...told.filter((part) => part !== ''), FINAL_REQUEST].join('\n\n');
  return [...history, { role: 'user', text }];
}

/** Says which messages were there before the run began. */
function historyOf({ history = [] }: Speaker): Pick<ModelRequest, 'history'> {
  return history.length === 0 ? {} : { history: history.length };
}

function stepsLeft({ counters, request }: Session): number {
  return request.automation.limits.maxSteps - counters.steps;
}

function tooManySteps({ request }: Session): Ending {
  const { maxSteps } = request.automation.limits;
  const error = `no final answer within ${maxSteps} steps ("limits.maxSteps")`;
  return { type: 'failed', reason: 'max_steps', error, retryable: false };
}

function stopped(): Ending {
  return { type: 'failed', reason: 'interrupted', error: 'the session was stopped', retryable: true };
}

function withPartial(ending: Ending, partial: string): Ending {
  if (ending.type === 'answer' || ending.partial || partial === '') return ending;
  return { ...ending, partial };
}

function definitionOf({ name, description, inputSchema }: ModelRequest['tools'][number]) {
  return { name, description, inputSchema };
}

/** All of the request that is paid for: definitions of tools often are most of it. */
function charactersOf({ system }: Speaker, { messages, tools }: Turn): number {
  const inTools = JSON.stringify(tools.map(definitionOf)).length;
  return messages.reduce((sum, message) => sum + charactersIn(message), system.length + inTools);
}

function charactersIn(message: Message): number {
  if (message.role === 'tool') return message.results.reduce((sum, { text }) => sum + text.length, 0);
  return message.text.length + (message.role === 'assistant' ? JSON.stringify(message.toolCalls).length : 0);
}
