import { createHash } from 'node:crypto';
import { overlapOf } from '../domain/overlap.ts';
import { type Payload, parsePayload } from '../domain/parse-payload.ts';
import { valuesAt } from '../domain/values-at.ts';
import { waitSecondsOf } from '../domain/waiting.ts';
import { type Authentic, authenticate } from './authenticate.ts';
import { dedupeKeyOf } from './dedupe-key.ts';
import { createFindHook, type Hook } from './find-hook.ts';
import type { BodyReading, InboundAnswer, InboundRequest } from './inbound.ts';
import { acceptedAnswer, REFUSED, tooMany, unavailable, waitedAnswer } from './inbound-answer.ts';
import { inboundEvent } from './inbound-event.ts';
import { mentionTurn } from './mention-turn.ts';
import { pingAnswer } from './ping-answer.ts';
import type { IntakePorts } from './ports.ts';
import { createRateLimits, type Rate, type RateLimits } from './rate-limits.ts';
import { runFiles } from './run-files.ts';
import { waitForRun } from './wait-for-run.ts';
import { whyIgnored } from './why-ignored.ts';

/** Wrong signatures that one sender may send to one hook before it has to wait. */
const FAILED_SIGNATURES: Rate = { perMinute: 300 };

/** The door of `/webhooks/`: never throws for what a sender sends; answers 202 only after the commit. */
export interface Intake {
  receive(request: InboundRequest): Promise<InboundAnswer>;
}

type OpenHook = Extract<Hook, { type: 'open' }>;

interface Doors {
  readonly ports: IntakePorts;
  readonly rates: RateLimits;
  readonly failures: RateLimits;
}

/** The pipeline of SPEC §4.3, step by step; each step either answers or lets the request through. */
export function createIntake(ports: IntakePorts): Intake {
  const findHook = createFindHook(ports);
  const monotonic = () => ports.clock.monotonic();
  const doors = { ports, rates: createRateLimits(monotonic), failures: createRateLimits(monotonic) };
  return {
    receive: async (request) => {
      const hook = await findHook(request.path, request.query.get('token') || undefined);
      const method = isAllowed(request.method);
      switch (hook.type) {
        case 'unknown':
          return REFUSED.unknown;
        case 'wrong_token':
          return method ? refuseFailed(doors, hook.name, request) : REFUSED.method;
        case 'broken':
          return method ? unavailable() : REFUSED.method;
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
  const { webhook } = hook.automation;
  if (webhook.allowCIDRs.length > 0 && !ports.isInNetworks(request.peer, webhook.allowCIDRs)) {
    logRefusal(ports, hook.automation.name, { reason: 'address', peer: request.peer });
    return REFUSED.address;
  }
  if (request.method !== 'POST') return pingAnswer(ports, hook, request);
  const limited = refuseFast(doors, hook, request);
  if (limited) return limited;
  const reading = await request.readBody(webhook.maxBodyBytes);
  if (!reading.ok) return unreadAnswer(reading.reason);
  const authentic = authenticate(ports, hook, request, reading.body);
  if (authentic.type === 'answer') return authentic.answer;
  if (authentic.type === 'refused') {
    const { reason } = authentic;
    logRefusal(ports, hook.automation.name, { reason, peer: request.peer, ...traceOf(reading.body) });
    if (reason === 'duplicate_header') return REFUSED.malformed;
    return refuseFailed(doors, hook.automation.name, request);
  }
  if (hook.paused) return { status: 200, body: { status: 'paused', automation: hook.automation.name } };
  return commit(ports, hook, request, { authentic, body: reading.body });
}

/** 429 when the hook's own rate is used up, or when this sender has failed too often. */
function refuseFast(doors: Doors, { automation }: OpenHook, request: InboundRequest): InboundAnswer | undefined {
  const failed = doors.failures.peek(failureKey(automation.name, request), FAILED_SIGNATURES);
  if (failed > 0) return tooMany(failed);
  const { rate } = automation.webhook;
  const wait = rate ? doors.rates.take(automation.name, rate) : 0;
  return wait > 0 ? tooMany(wait) : undefined;
}

/** 401, the same for every reason, or 429 for who fails too often. */
function refuseFailed(doors: Doors, name: string, request: InboundRequest): InboundAnswer {
  const wait = doors.failures.take(failureKey(name, request), FAILED_SIGNATURES);
  return wait > 0 ? tooMany(wait) : REFUSED.unauthorized;
}

function failureKey(name: string, { peer }: InboundRequest): string {
  return `${name} ${peer}`;
}

function unreadAnswer(reason: Extract<BodyReading, { ok: false }>['reason']): InboundAnswer {
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

interface Received {
  readonly authentic: Extract<Authentic, { type: 'authentic' }>;
  readonly body: Buffer;
}

async function commit(
  ports: IntakePorts,
  { automation, bundle }: OpenHook,
  request: InboundRequest,
  { authentic, body }: Received,
): Promise<InboundAnswer> {
  const parsed = parsePayload(body, request.headers['content-type']?.[0]);
  if (!parsed.ok) return REFUSED.malformed;
  const { payload } = parsed;
  const { identity, acceptedStatus } = authentic;
  const ignored = whyIgnored(automation.webhook, { request, payload, identity });
  if (ignored) return { status: 200, body: { status: 'ignored', reason: ignored, automation: automation.name } };
  const now = ports.clock.now();
  const { headers } = request;
  const { key, ttlMs } = dedupeKeyOf(automation.webhook.dedupeKey, identity, { headers, body, value: payload.value });
  const enqueued = await ports.database
    .enqueueRun(
      {
        id: ports.newId('run'),
        automation: automation.name,
        trigger: 'webhook',
        dedupeKey: key,
        dedupeUntil: ttlMs === undefined ? undefined : now + ttlMs,
        event: inboundEvent(request, payload, identity),
        requestedBy: 'webhook',
        turn: mentionTurn(ports, automation, payload),
        ...overlapOf(automation, 'webhook'),
      },
      { limit: bundle.settings.queue },
      now,
    )
    .catch((error: unknown) => {
      ports.logger.error('an event could not be stored', { automation: automation.name, error: String(error) });
      return undefined;
    });
  if (!enqueued || enqueued.type === 'full') return unavailable();
  const { run } = enqueued;
  if (enqueued.type === 'duplicate')
    return { status: 200, body: { status: 'duplicate', run, automation: automation.name } };
  if (enqueued.type === 'skipped') {
    return { status: 200, body: { status: 'skipped', reason: enqueued.reason, run, automation: automation.name } };
  }
  ports.onEnqueued();
  const seconds = waitSecondsOf(automation.webhook.respond, waitRequest(request, payload));
  if (seconds === 0) return acceptedAnswer(run, automation.name, acceptedStatus);
  const signals = [request.signal, request.stopping];
  const ended = await waitForRun(ports, run, { seconds, signals });
  if (!ended) return acceptedAnswer(run, automation.name);
  return waitedAnswer(ended, `${ports.publicUrl()}/api/runs/${run}`, await runFiles(ports, run));
}

function waitRequest({ query, headers }: InboundRequest, { value }: Payload) {
  return {
    body: valuesAt(value, 'wait')[0],
    query: query.get('wait') ?? undefined,
    prefer: headers.prefer?.join(', '),
  };
}

function traceOf(body: Buffer) {
  return { bytes: body.length, bodySha256: createHash('sha256').update(body).digest('hex') };
}

function logRefusal(ports: IntakePorts, automation: string, fields: Readonly<Record<string, unknown>>): void {
  ports.logger.info('webhook refused', { automation, ...fields });
}
