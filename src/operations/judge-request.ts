import { createHash } from 'node:crypto';
import type { RunId } from '../domain/run.ts';
import { valuesAt } from '../domain/values-at.ts';
import { type Authentic, authenticate } from './authenticate.ts';
import type { Hook } from './find-hook.ts';
import type { InboundAnswer, InboundRequest } from './inbound.ts';
import { handshakeAnswer, REFUSED, settledAnswer, unavailable } from './inbound-answer.ts';
import type { IntakePorts } from './ports.ts';
import { type Doors, logRefusal, refuse, unauthorized } from './refuse-request.ts';
import { type ArrivedEvent, keysOf, takeEvent } from './take-event.ts';
import { isOwnPing, PING_HEADER } from './webhook-ping.ts';

type OpenHook = Extract<Hook, { type: 'open' }>;

/** A request with its whole body. */
export interface Read {
  readonly request: InboundRequest;
  readonly body: Buffer;
  readonly receivedAt: number;
}

/** A run that stands for the request. */
export interface Accepted {
  readonly run: RunId;
  readonly isCoalesced: boolean;
  readonly wait: unknown;
  readonly acceptedStatus: number | undefined;
}

/** Everything between the last byte of the body and the commit. */
export async function judge(doors: Doors, hook: OpenHook, read: Read): Promise<InboundAnswer | Accepted> {
  const { ports } = doors;
  const { automation } = hook;
  const { name } = automation;
  const { method, headers, query } = read.request;
  const authentic = authenticate(ports, hook, { method, headers, query, ...read });
  switch (authentic.type) {
    case 'handshake':
      ports.tally?.add(name, 'handshake');
      return handshakeAnswer(authentic.handshake);
    case 'blocked':
      return refuse(doors, { name, automation, ...read, reason: 'blocked_config', answer: unavailable() });
    case 'refused':
      return refuseProof(doors, hook, read, authentic.reason);
    case 'authentic':
      return takeAuthentic(doors, hook, read, authentic);
  }
}

async function refuseProof(
  doors: Doors,
  { automation }: OpenHook,
  read: Read,
  reason: Extract<Authentic, { type: 'refused' }>['reason'],
): Promise<InboundAnswer> {
  const { name } = automation;
  const { request, body } = read;
  const fields = { reason, peer: request.peer, bytes: body.length, bodySha256: sha256(body) };
  logRefusal(doors.ports, name, fields);
  const answer = reason === 'duplicate_header' ? REFUSED.malformed : unauthorized(doors, name, request);
  return answer.status === 429 ? answer : refuse(doors, { name, automation, ...read, reason, answer });
}

async function takeAuthentic(
  doors: Doors,
  { automation, bundle, paused }: OpenHook,
  read: Read,
  { identity, parsed, replayKey, acceptedStatus }: Extract<Authentic, { type: 'authentic' }>,
): Promise<InboundAnswer | Accepted> {
  const { ports } = doors;
  const { name } = automation;
  const { request, body } = read;
  if (isPing(ports, name, request)) return { status: 200, body: { status: 'pong', automation: name, paused } };
  const refused = { name, automation, ...read, isAuthentic: true };
  if (!parsed.ok) return refuse(doors, { ...refused, reason: 'too_deep', answer: REFUSED.malformed });
  const { payload } = parsed;
  const arrived: ArrivedEvent = {
    automation,
    bundle,
    request,
    body,
    payload,
    identity,
    requestedBy: 'webhook',
    ...(replayKey !== undefined && { replayKey }),
  };
  const settled = (answer: Readonly<Record<string, unknown>>) =>
    settledAnswer({ ...answer, automation: name }, acceptedStatus);
  if (paused) {
    const { key, replayKey: replayed } = keysOf(arrived);
    const answer = settled({ status: 'paused' });
    return refuse(doors, { ...refused, reason: 'paused', answer, key: key ?? replayed });
  }
  const taken = await takeEvent(ports, arrived).catch((error: unknown) => {
    ports.logger.error('an event could not be stored', { automation: name, error: String(error) });
    return { type: 'unstored' } as const;
  });
  switch (taken.type) {
    case 'unstored':
    case 'full':
      ports.tally?.add(name, 'unavailable', taken.type);
      return unavailable();
    case 'ignored': {
      const { setting, reason, isUnusable } = taken;
      if (isUnusable) return refuse(doors, { ...refused, reason: 'filter_error', answer: unavailable() });
      ports.tally?.add(name, 'ignored', setting);
      return settled({ status: 'ignored', reason });
    }
    case 'duplicate':
      ports.tally?.add(name, 'duplicate');
      return settled({ status: 'duplicate', run: taken.run });
    case 'skipped':
      ports.tally?.add(name, 'skipped', taken.reason);
      return settled({ status: 'skipped', reason: taken.reason, run: taken.run });
    case 'queued': {
      const isCoalesced = taken.coalesced === true;
      ports.tally?.add(name, isCoalesced ? 'coalesced' : 'accepted');
      return { run: taken.run, isCoalesced, wait: valuesAt(payload.value, 'wait')[0], acceptedStatus };
    }
  }
}

function isPing({ instanceSecret, clock }: IntakePorts, automation: string, { headers }: InboundRequest): boolean {
  const [value] = headers[PING_HEADER] ?? [];
  return value !== undefined && isOwnPing(value, { instanceSecret, automation, now: clock.now() });
}

function sha256(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}
