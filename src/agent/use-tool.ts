import { compactJson, encodeDataBlock } from '../domain/data-block.ts';
import { eventThread } from '../domain/event-thread.ts';
import { authorize, type ConcreteCall, type Decision } from '../domain/permission.ts';
import type { Message, ModelToolCall } from '../domain/ports/model.ts';
import type { Tool, ToolContext, ToolResult } from '../domain/ports/tool.ts';
import type { NewTranscriptEntry } from '../domain/transcript.ts';
import { recordPublicCall, refuseToLeave } from './leave.ts';
import { afterWrite, auditRefusal, beforeWrite } from './record-write.ts';
import { isShowing, type Rehearsal, rehearse, rehearseUnknown } from './rehearse.ts';
import type { Session, Speaker } from './session.ts';
import { race } from './stop.ts';
import { validateArguments } from './validate-arguments.ts';

/** More calls than this in one step are answered without being made. */
export const MAX_CALLS_PER_STEP = 32;

export interface KeyedCall {
  readonly call: ModelToolCall;
  /** `step.number`, unique within the run. */
  readonly key: string;
  readonly over: boolean;
}

/** What goes back to the model, and the line of the record. */
export interface UsedTool {
  readonly result: Extract<Message, { role: 'tool' }>['results'][number];
  readonly line: NewTranscriptEntry;
  /** Redacted, neither cut nor encoded: for whoever goes on with it in the process. */
  readonly outcome: ToolResult;
}

type Allowed = Extract<Decision, { allow: true }>;

/** One call: arguments, gate, audit, then the tool itself; whatever goes wrong is told to the model. */
export async function useTool(session: Session, speaker: Speaker, keyed: KeyedCall): Promise<UsedTool> {
  const { call, over } = keyed;
  const tool = speaker.tools.get(call.name);
  if (session.stop.signal.aborted) return answered(session, keyed, notSent('the session was stopped'));
  if (over) return answered(session, keyed, notSent(`not made: at most ${MAX_CALLS_PER_STEP} calls fit into one step`));
  if (!tool) {
    const shown = await rehearseUnknown(session, call.name, keyed.key, call.input);
    if (shown) return answered(session, keyed, shown.result, detailsOf(shown));
    const names = [...speaker.tools.keys()].join(', ') || 'none';
    return answered(session, keyed, notSent(`there is no tool "${call.name}"; there are: ${names}`));
  }
  const problem = await validateArguments(tool, call.input);
  if (problem) return answered(session, keyed, notSent(problem));
  return judge(session, speaker, { ...keyed, tool });
}

interface KnownCall extends KeyedCall {
  readonly tool: Tool;
}

async function judge(session: Session, speaker: Speaker, known: KnownCall): Promise<UsedTool> {
  const { call, tool } = known;
  const effect = tool.effect(call.input, contextFor(session, speaker, { signal: session.stop.signal, key: known.key }));
  if (!effect.ok) {
    return refused(session, known, {
      effect: 'write',
      rule: 'invalid-call',
      operation: call.name,
      message: effect.reason,
    });
  }
  const rights = { ...speaker.rights, untrusted: session.input.untrusted };
  const decision = authorize(rights, effect.call, session.counters.writes);
  if (!decision.allow) return refused(session, known, decision);
  const refusal = refuseToLeave(session, { call: effect.call, decision, input: call.input });
  if (refusal) return refused(session, known, refusal);
  const { rule, operation } = decision;
  const named = { rule, operation, effect: decision.effect };
  // No await between the gate and the count of what it let through.
  const shown = isShowing(session)
    ? await rehearse(session, { tool: call.name, key: known.key, input: call.input, decision })
    : undefined;
  if (shown) return answered(session, known, shown.result, { ...named, ...detailsOf(shown) });
  const { result, ...done } = await perform(session, speaker, { ...known, concrete: effect.call, decision });
  return answered(session, known, result, { ...named, ...done });
}

function detailsOf({ captured, replayed, untrusted }: Rehearsal): Readonly<Record<string, true>> {
  return {
    ...(captured ? { captured } : {}),
    ...(replayed ? { replayed } : {}),
    ...(untrusted ? { untrusted } : {}),
  };
}

interface AllowedCall extends KnownCall {
  readonly concrete: ConcreteCall;
  readonly decision: Allowed;
}

async function perform(session: Session, speaker: Speaker, allowed: AllowedCall) {
  const { concrete, decision, key, call } = allowed;
  const { clock, faults } = session.ports;
  const write =
    decision.effect === 'write' ? { tool: call.name, key, decision, leaves: leavesProcess(concrete) } : undefined;
  if (write && !(await beforeWrite(session, write))) {
    return { result: notSent('not made: this run was taken over by another worker'), durationMs: 0 };
  }
  if (session.stop.signal.aborted) return { result: notSent('not made: the session was stopped'), durationMs: 0 };
  await recordPublicCall(session, call.name, key, concrete);
  faults('tool.before-send');
  const started = clock.monotonic();
  const shownFrom = { untrusted: false };
  const result = await runInTime(session, speaker, { ...allowed, shownFrom });
  faults('tool.after-send');
  if (write) await afterWrite(session, write, result);
  const durationMs = Math.round(clock.monotonic() - started);
  return { result, durationMs, ...(shownFrom.untrusted ? { untrusted: true } : {}) };
}

/** Stores and notes are rows of the runtime's own database: a write of them may be made again safely. */
function leavesProcess({ kind }: ConcreteCall): boolean {
  return kind !== 'store' && kind !== 'memory';
}

/** A reason that is there already: one made anew for each call costs more than the rest of the clean-up. */
const OVER = new Error('the call is over');

async function runInTime(
  session: Session,
  speaker: Speaker,
  { tool, call, decision, key, shownFrom }: AllowedCall & { readonly shownFrom: { untrusted: boolean } },
): Promise<ToolResult> {
  const { toolTimeoutSeconds } = session.request.automation.limits;
  const own = new AbortController();
  const signal = AbortSignal.any([session.stop.signal, own.signal]);
  const idempotencyKey = `${session.request.claimed.run.id}.${key}`;
  const write = decision.effect === 'write' ? { idempotencyKey } : undefined;
  if (!tool.isUntimed) {
    void session.ports.clock.sleep(toolTimeoutSeconds * 1000, signal).then(() => own.abort());
  }
  try {
    const readUntrusted = () => {
      session.input.untrusted = true;
      shownFrom.untrusted = true;
    };
    const context = { ...contextFor(session, speaker, { signal, key }), readUntrusted, ...(write ? { write } : {}) };
    const result = await race(tool.run(call.input, context), signal);
    if (result) return result;
    if (session.stop.cause()) return { ok: false, text: 'the session was stopped while this call was under way' };
    return { ok: false, text: `no answer within ${toolTimeoutSeconds} seconds ("limits.toolTimeoutSeconds")` };
  } catch (error) {
    return { ok: false, text: error instanceof Error ? error.message : String(error) };
  } finally {
    own.abort(OVER);
  }
}

interface CallPlace {
  readonly signal: AbortSignal;
  readonly key: string;
}

function contextFor(session: Session, speaker: Speaker, { signal, key }: CallPlace): ToolContext {
  const { ports, request } = session;
  const { run } = request.claimed;
  return {
    run: run.id,
    automation: request.automation,
    bundle: request.bundle,
    documents: ports.database,
    ...(session.files && { files: session.files }),
    notes: ports.database,
    thread: () => eventThread(request.claimed.event),
    untrusted: session.input.untrusted,
    now: () => ports.clock.now(),
    signal,
    takeStep: (step) => session.takeStep(speaker, { ...step, key }),
    ...(speaker.agent === undefined ? { spawn: (spawn) => session.spawn(speaker, spawn) } : {}),
  };
}

async function refused(
  session: Session,
  { call, key }: KeyedCall,
  decision: Omit<Extract<Decision, { allow: false }>, 'allow'>,
): Promise<UsedTool> {
  session.counters.refusals += 1;
  await auditRefusal(session, { tool: call.name, key, decision });
  const { rule, operation, message, effect } = decision;
  const { result, outcome } = answered(session, { call, key, over: false }, { ok: false, text: message, sent: false });
  return {
    result,
    outcome,
    line: { type: 'tool.refused', content: { call: key, tool: call.name, operation, rule, effect, message } },
  };
}

/** Redacted first, then cut for the model; the record keeps the text whole. */
function answered(
  session: Session,
  { call, key }: KeyedCall,
  given: ToolResult,
  details: Readonly<Record<string, unknown>> = {},
): UsedTool {
  const { ok, text, status } = given;
  const { maxToolResultBytes } = session.request.automation.limits;
  const shown = session.redact(text);
  session.uses.push({ tool: call.name, ok, status, text: shown, captured: details.captured === true });
  const block = encodeDataBlock({
    tag: 'tool_result',
    attributes: {
      tool: session.redact(call.name).slice(0, 100),
      ...(status === undefined ? {} : { status: String(status) }),
    },
    value: asJson(shown),
    maxBytes: maxToolResultBytes,
  });
  const content = {
    call: key,
    tool: call.name,
    ok,
    ...(status === undefined ? {} : { status }),
    text: shown,
    ...details,
  };
  return {
    result: { id: call.id, name: call.name, text: block, isError: !ok },
    line: { type: 'tool.result', content: { ...content, bytes: Buffer.byteLength(shown) } },
    outcome: { ...given, text: shown },
  };
}

/** A result that is JSON stands as such in its block, so that nothing is quoted twice. */
function asJson(text: string): { readonly json: string } | { readonly value: string } {
  if (!/^\s*[[{]/.test(text)) return { value: text };
  try {
    JSON.parse(text);
    return { json: compactJson(text) };
  } catch {
    return { value: text };
  }
}

function notSent(text: string): ToolResult {
  return { ok: false, text, sent: false };
}
