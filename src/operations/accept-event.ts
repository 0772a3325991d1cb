import { waitSecondsOf } from '../domain/waiting.ts';
import { createFindHook, type Hook } from './find-hook.ts';
import type { BodyReading, InboundAnswer, InboundRequest } from './inbound.ts';
import { acceptedAnswer, REFUSED, tooMany, unavailable, waitedAnswer } from './inbound-answer.ts';
import { type Accepted, judge } from './judge-request.ts';
import { createRejectionKeeper } from './keep-rejection.ts';
import { pingAnswer } from './ping-answer.ts';
import type { IntakePorts } from './ports.ts';
import { createRateLimits } from './rate-limits.ts';
import { type Doors, FAILED_SIGNATURES, failureKey, logRefusal, refuse, unauthorized } from './refuse-request.ts';
import { runFiles } from './run-files.ts';
import { waitForRun } from './wait-for-run.ts';

/** Bytes of a body for a hook whose file is broken, so that nothing says how many it takes. */
const BROKEN_BODY_BYTES = 1_048_576;

/** The door of `/webhooks/`: never throws for what a sender sends; answers 202 only after the commit. */
export interface Intake {
  receive(request: InboundRequest): Promise<InboundAnswer>;
}

type OpenHook = Extract<Hook, { type: 'open' }>;

/** The pipeline of SPEC §4.3, step by step; each step either answers or lets the request through. */
export function createIntake(ports: IntakePorts): Intake {
  const findHook = createFindHook(ports);
  const monotonic = () => ports.clock.monotonic();
  const rejections = createRejectionKeeper(ports);
  const doors = { ports, rates: createRateLimits(monotonic), failures: createRateLimits(monotonic), rejections };
  return {
    receive: async (request) => {
      const hook = await findHook(request.path, request.query.get('token') || undefined);
      const method = isAllowed(request.method);
      switch (hook.type) {
        case 'unknown':
          return REFUSED.unknown;
        case 'wrong_token':
          return method ? refuseToken(doors, hook.name, request) : REFUSED.method;
        case 'broken':
          return method ? refuseBroken(doors, hook.name, request) : REFUSED.method;
        case 'open':
          return method ? receiveOpen(doors, hook, request) : REFUSED.method;
      }
    },
  };
}

function isAllowed(method: string): boolean {
  return method === 'POST' || method === 'GET' || method === 'HEAD';
}

async function receiveOpen(doors: Doors, hook: OpenHook, request: InboundRequest): Promise<InboundAnswer> {
  const { ports } = doors;
  const { webhook, name } = hook.automation;
  if (webhook.allowCIDRs.length > 0 && !ports.isInNetworks(request.peer, webhook.allowCIDRs)) {
    logRefusal(ports, name, { reason: 'address', peer: request.peer });
    ports.tally?.add(name, 'refused', 'address');
    return REFUSED.address;
  }
  if (request.method !== 'POST') return pingAnswer(ports, hook, request);
  const limited = refuseFast(doors, hook, request);
  if (limited) return limited;
  const receivedAt = ports.clock.now();
  const reading = await request.readBody(webhook.maxBodyBytes);
  if (!reading.ok) return unread(doors, hook, { request, receivedAt, reason: reading.reason });
  const judged = await judge(doors, hook, { request, body: reading.body, receivedAt }).finally(reading.release);
  return 'status' in judged ? judged : answerAccepted(ports, hook, request, judged);
}

/** 429 when the hook's own rate is used up, or when this sender has failed too often. */
function refuseFast({ ports, failures, rates }: Doors, { automation }: OpenHook, request: InboundRequest) {
  const failed = failures.peek(failureKey(automation.name, request), FAILED_SIGNATURES);
  const { rate } = automation.webhook;
  const wait = failed > 0 ? failed : rate ? rates.take(automation.name, rate) : 0;
  if (wait === 0) return undefined;
  ports.tally?.add(automation.name, 'limited');
  return tooMany(wait);
}

/** A token in the URL that is not the hook's own: nothing of the body is read. */
async function refuseToken(doors: Doors, name: string, request: InboundRequest): Promise<InboundAnswer> {
  const answer = unauthorized(doors, name, request);
  if (answer.status !== 401) return answer;
  const receivedAt = doors.ports.clock.now();
  const automation = doors.ports.bundles.active().automations.get(name);
  await refuse(doors, { name, automation, request, receivedAt, reason: 'token_mismatch', answer });
  return answer;
}

/** Our own fault: what was sent is kept until the file is repaired. */
async function refuseBroken(doors: Doors, name: string, request: InboundRequest): Promise<InboundAnswer> {
  const answer = unavailable();
  if (request.method !== 'POST') return answer;
  const receivedAt = doors.ports.clock.now();
  const reading = await request.readBody(BROKEN_BODY_BYTES);
  if (!reading.ok) return unreadAnswer(reading.reason);
  const { body } = reading;
  await refuse(doors, { name, request, body, receivedAt, reason: 'blocked_config', answer }).finally(reading.release);
  return answer;
}

type Unread = Extract<BodyReading, { ok: false }>['reason'];

async function unread(
  doors: Doors,
  { automation }: OpenHook,
  {
    request,
    receivedAt,
    reason,
  }: { readonly request: InboundRequest; readonly receivedAt: number; readonly reason: Unread },
): Promise<InboundAnswer> {
  const { name } = automation;
  const answer = unreadAnswer(reason);
  if (reason === 'too_large') await refuse(doors, { name, automation, request, receivedAt, reason, answer });
  else doors.ports.tally?.add(name, reason === 'busy' ? 'unavailable' : 'refused', reason);
  return answer;
}

function unreadAnswer(reason: Unread): InboundAnswer {
  switch (reason) {
    case 'too_large':
      return REFUSED.large;
    case 'encoding':
      return REFUSED.encoding;
    case 'timeout':
    case 'aborted':
      return REFUSED.slow;
    case 'busy':
      return unavailable(1);
  }
}

async function answerAccepted(
  ports: IntakePorts,
  { automation }: OpenHook,
  request: InboundRequest,
  { run, isCoalesced, wait, acceptedStatus }: Accepted,
): Promise<InboundAnswer> {
  ports.onEnqueued();
  const { query, headers } = request;
  const asked = { body: wait, query: query.get('wait') ?? undefined, prefer: headers.prefer?.join(', ') };
  const seconds = waitSecondsOf(automation.webhook.respond, asked);
  if (seconds === 0) return acceptedAnswer(run, automation.name, { status: acceptedStatus, isCoalesced });
  const signals = [request.signal, request.stopping];
  const ended = await waitForRun(ports, run, { seconds, signals });
  if (!ended) return acceptedAnswer(run, automation.name, { isCoalesced });
  return waitedAnswer(ended, `${ports.publicUrl()}/api/runs/${run}`, await runFiles(ports, run));
}
