import type { Decision } from '../domain/permission.ts';
import type { ToolResult } from '../domain/ports/tool.ts';
import { hasRecordedSteps, type RecordedAnswer, recordedAnswer } from '../domain/replay.ts';
import type { Session } from './session.ts';

/** What the model reads in the place of a write that was only shown. */
const CAPTURED = '{"captured":true,"note":"This replay only shows what it would write: nothing was sent."}';

/** A call that the gate allows. */
export interface RehearsedCall {
  readonly tool: string;
  readonly key: string;
  readonly input: unknown;
  readonly decision: Pick<Extract<Decision, { allow: true }>, 'effect' | 'rule' | 'operation'>;
}

/** What stood in for a call, and what the record says of it. */
export interface Rehearsal {
  readonly result: ToolResult;
  readonly captured?: true;
  readonly replayed?: true;
  readonly untrusted?: true;
}

/** Whether nothing that changes anything is done: writes are only shown. */
export function isShowing({ request }: Pick<Session, 'request'>): boolean {
  return request.replay !== undefined && request.replay.mode !== 'live';
}

/** Whether the session uses an old run's recorded traffic and nothing else. */
export function isOffline({ request }: Pick<Session, 'request'>): boolean {
  return request.replay?.mode === 'offline';
}

/**
 * What a replay that only shows does instead of making a call: writes are recorded as `write.captured`, and offline
 * every call has the answer of the record. Undefined when the call is to be made.
 */
export async function rehearse(session: Session, call: RehearsedCall): Promise<Rehearsal | undefined> {
  const { replay } = session.request;
  if (!replay || replay.mode === 'live') return undefined;
  if (isRecordedChain(session, call)) return undefined;
  const isWrite = call.decision.effect === 'write';
  if (isWrite) await capture(session, call);
  const captured = isWrite ? ({ captured: true } as const) : {};
  if (replay.mode === 'safe') return isWrite ? { result: { ok: true, text: CAPTURED }, ...captured } : undefined;
  const answer = recordedAnswer(replay.traffic, call.key);
  if (answer?.untrusted) session.input.untrusted = true;
  return {
    result: resultOf(answer),
    ...captured,
    replayed: true,
    ...(answer?.untrusted ? { untrusted: true as const } : {}),
  };
}

/** A chain is taken through its steps again, so that what they would write is shown: each has an answer of its own. */
function isRecordedChain({ request: { bundle, replay } }: Session, { tool, key }: RehearsedCall): boolean {
  if (replay?.mode !== 'offline' || bundle.customTools.get(tool)?.type !== 'chain') return false;
  return hasRecordedSteps(replay.traffic, key);
}

/** A call of a tool that is only known once its MCP server was asked: offline, the record is all there is of it. */
export async function rehearseUnknown(session: Session, tool: string, key: string, input: unknown) {
  const answer = session.request.replay && recordedAnswer(session.request.replay.traffic, key);
  if (!isOffline(session) || answer?.type !== 'made' || !isOfServer(session, tool)) return undefined;
  const decision = { effect: answer.effect ?? 'write', rule: 'recorded', operation: tool } as const;
  return rehearse(session, { tool, key, input, decision });
}

async function capture(session: Session, { tool, key, input, decision }: RehearsedCall): Promise<void> {
  if (decision.rule !== 'notebook') session.counters.writes += 1;
  const content = { call: key, tool, operation: decision.operation, rule: decision.rule, input };
  await session.record({ type: 'write.captured', content });
}

function resultOf(answer: RecordedAnswer | undefined): ToolResult {
  if (!answer) return { ok: false, text: 'no answer to this call was recorded', sent: false };
  if (answer.type === 'refused') {
    return {
      ok: false,
      text: `it was refused when this was recorded, so there is no answer: ${answer.text}`,
      sent: false,
    };
  }
  const { ok, text, status } = answer;
  return { ok, text, ...(status === undefined ? {} : { status }) };
}

function isOfServer({ request }: Session, tool: string): boolean {
  return [...request.bundle.connections.values()].some(
    ({ protocol, name }) => protocol === 'mcp' && tool.startsWith(`${name.replaceAll(/[^A-Za-z0-9]+/g, '_')}_`),
  );
}
