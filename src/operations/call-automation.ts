import { opensAutomation } from '../domain/access-key.ts';
import type { Automation } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import { CONVERSATION_LIFE_MS } from '../domain/conversation.ts';
import { AmodalError } from '../domain/error.ts';
import { overlapOf } from '../domain/overlap.ts';
import type { NewTurn } from '../domain/ports/conversations.ts';
import type { RunId } from '../domain/run.ts';
import { waitSecondsOf } from '../domain/waiting.ts';
import { conversationAnswer, failedUpstream, runningAnswer, workflowAnswer } from './call-answer.ts';
import { type Call, readCall } from './call-body.ts';
import { attachedFiles } from './call-files.ts';
import type { CallAnswer, CallRequest } from './call-request.ts';
import { waitedAnswer } from './inbound-answer.ts';
import type { CallerPorts } from './ports.ts';
import { queueLimits } from './queue-limits.ts';
import { refuseFullQueue } from './refuse-full-queue.ts';
import { runFiles } from './run-files.ts';
import { requireConversation } from './session-messages.ts';
import { callerThread } from './thread-turn.ts';
import { waitForRun } from './wait-for-run.ts';

/** Commits the message and its run, then answers by the automation's mode (SPEC §4.5). */
export async function callAutomation(ports: CallerPorts, request: CallRequest): Promise<CallAnswer> {
  const bundle = ports.bundles.active();
  const automation = await requireCallable(ports, bundle, request);
  const startedAt = ports.clock.monotonic();
  const call = readCall(request, automation);
  const files = await attachedFiles(ports, request.key, call.files);
  const turn = automation.mode === 'conversation' ? await turnOf(ports, automation, { request, call }) : undefined;
  const queued = await enqueue(ports, { bundle, automation, request, call, files, turn });
  if (queued.type === 'skipped') {
    throw new AmodalError('conflict', `Another run of "${automation.name}" is active and its "overlap" is "skip".`);
  }
  if (automation.mode === 'conversation') return converse(ports, { automation, request, call, ...queued, startedAt });
  const seconds = waitSecondsOf(automation.webhook.respond, call.wait);
  const run = seconds === 0 ? undefined : await wait(ports, queued.run, { request, seconds });
  if (!run) return workflowAnswer(await ports.database.getRun(queued.run), queued);
  if (run.reason === 'model_error' && run.status === 'failed') throw failedUpstream(run);
  return waitedAnswer(run, pollUrl(ports, run.id), await runFiles(ports, run.id));
}

/** 404 for what this key may not know of, 503 for what is broken, 409 for what is paused. */
async function requireCallable(ports: CallerPorts, bundle: Bundle, request: CallRequest): Promise<Automation> {
  const { automation: name, key } = request;
  const automation = bundle.automations.get(name);
  const isKnown = opensAutomation(key, name) && (automation?.enabled ?? bundle.broken.has(name));
  if (!isKnown) throw new AmodalError('not_found', 'No automation of this name can be called with this key.');
  if (!automation) throw new AmodalError('unavailable', `"${name}" cannot run until its file is repaired.`);
  const { paused } = await ports.database.getAutomationState(name);
  if (paused) throw new AmodalError('conflict', `"${name}" is paused: it can be called again once it is resumed.`);
  return automation;
}

interface Reading {
  readonly request: CallRequest;
  readonly call: Call;
}

async function turnOf(ports: CallerPorts, { name }: Automation, { request, call }: Reading): Promise<NewTurn> {
  const { key } = request;
  const known =
    call.session === undefined
      ? undefined
      : await requireConversation(ports, { type: 'key', key }, { session: call.session, automation: name });
  const thread = known === undefined ? callerThread(key.id, call.event) : undefined;
  return {
    id: known?.id ?? ports.newId('sess'),
    owner: key.id,
    ...(thread !== undefined && { thread }),
    question: ports.newId('msg'),
    answer: ports.newId('msg'),
    expiresAt: ports.clock.now() + CONVERSATION_LIFE_MS,
  };
}

interface Enqueuing extends Reading {
  readonly bundle: Bundle;
  readonly automation: Automation;
  /** Ids of the files that come with it. */
  readonly files: readonly string[];
  readonly turn: NewTurn | undefined;
}

/** What became of the message. */
interface Queued {
  readonly type: 'queued' | 'skipped' | 'duplicate';
  readonly run: RunId;
}

async function enqueue(
  ports: CallerPorts,
  { bundle, automation, request, call, files, turn }: Enqueuing,
): Promise<Queued> {
  const enqueued = await ports.database.enqueueRun(
    {
      id: ports.newId('run'),
      automation: automation.name,
      trigger: 'webhook',
      dedupeKey: call.idempotencyKey && `key:${request.key.id}:${call.idempotencyKey}`,
      event: files.length > 0 ? { ...call.event, files } : call.event,
      requestedBy: `key:${request.key.name}`,
      turn,
      ...overlapOf(automation, 'webhook'),
    },
    queueLimits(bundle.settings),
    ports.clock.now(),
  );
  if (enqueued.type === 'full') return refuseFullQueue(enqueued.queued);
  if (enqueued.type === 'queued') ports.onEnqueued();
  return enqueued;
}

interface Conversing extends Reading, Queued {
  readonly automation: Automation;
  readonly startedAt: number;
}

async function converse(
  ports: CallerPorts,
  { request, call, type, run: id, startedAt }: Conversing,
): Promise<CallAnswer> {
  const seconds = waitSecondsOf('wait', call.wait);
  const run = await wait(ports, id, { request, seconds });
  const found = await ports.database.getRunTurn(id);
  if (!run && type === 'duplicate') {
    throw new AmodalError(
      'not_found',
      `This message was answered by ${id}, which is kept no longer: send it as a new one.`,
    );
  }
  if (!run || !found) throw new AmodalError('internal', `The run ${id} has lost its conversation.`);
  if (run.reason === 'model_error' && run.status === 'failed') throw failedUpstream(run);
  if (run.finishedAt === undefined) return runningAnswer(run, found, pollUrl(ports, id));
  const files = await runFiles(ports, id);
  const seconds_ = (ports.clock.monotonic() - startedAt) / 1000;
  return conversationAnswer(run, found, { files, seconds: seconds_, now: ports.clock.now() });
}

function wait(
  ports: CallerPorts,
  run: RunId,
  { request, seconds }: { readonly request: CallRequest; readonly seconds: number },
) {
  return waitForRun(ports, run, { seconds, signals: request.signals });
}

function pollUrl(ports: CallerPorts, run: RunId): string {
  return `${ports.publicUrl()}/api/runs/${run}`;
}
