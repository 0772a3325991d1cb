import type { Automation } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import { overlapOf } from '../domain/overlap.ts';
import type { Payload } from '../domain/parse-payload.ts';
import type { Coalescing, EnqueueResult, NewRun } from '../domain/ports/run-queue.ts';
import type { WebhookIdentity } from '../domain/ports/webhook-preset.ts';
import { boundedKey, readSource } from '../domain/read-source.ts';
import { dedupeKeyOf } from './dedupe-key.ts';
import { eventParts } from './event-parts.ts';
import type { InboundRequest } from './inbound.ts';
import { inboundEvent } from './inbound-event.ts';
import type { IntakePorts } from './ports.ts';
import { queueLimits } from './queue-limits.ts';
import { threadTurn } from './thread-turn.ts';
import { type Ignored, whyIgnored } from './why-ignored.ts';

/** An authentic event of a hook that is open. */
export interface ArrivedEvent {
  readonly automation: Automation;
  readonly bundle: Bundle;
  readonly request: Pick<InboundRequest, 'headers' | 'query'>;
  readonly body: Buffer;
  readonly payload: Payload;
  readonly identity: WebhookIdentity;
  /** What the signature authenticated, where the same again is a replay. */
  readonly replayKey?: string;
  readonly requestedBy: string;
}

export type Taken = EnqueueResult | ({ readonly type: 'ignored' } & Ignored);

type Ports = Pick<IntakePorts, 'database' | 'clock' | 'newId'>;

/** Commits the event and its run, unless a setting of the file leaves it out. Rejects when it cannot be stored. */
export async function takeEvent(ports: Ports, arrived: ArrivedEvent): Promise<Taken> {
  const ignored = whyIgnored(arrived.automation.webhook, arrived);
  if (ignored) return { type: 'ignored', ...ignored };
  const now = ports.clock.now();
  return ports.database.enqueueRun(newRun(ports, arrived, now), queueLimits(arrived.bundle.settings), now);
}

/** What makes this request the same event as another, if anything does. */
export function keysOf({ automation, request, body, payload, identity, replayKey }: ArrivedEvent) {
  const setting = automation.webhook.dedupeKey;
  const delivered = { headers: request.headers, body, value: payload.value };
  const { key, ttlMs, isUnsigned } = dedupeKeyOf(setting, identity, delivered);
  const isGuarded = key !== undefined && !isUnsigned;
  return { key, ttlMs, ...(!isGuarded && replayKey !== undefined && { replayKey }) };
}

function newRun(ports: Ports, arrived: ArrivedEvent, now: number): NewRun {
  const { automation, request, payload, identity } = arrived;
  const { key, ttlMs, replayKey } = keysOf(arrived);
  const own = automation.webhook.respond === 'accept' ? [] : ['wait'];
  const event = inboundEvent(request, payload, { ...identity, own });
  const parts = eventParts(payload, identity, event);
  const coalesce = coalescing(arrived);
  return {
    id: ports.newId('run'),
    automation: automation.name,
    trigger: 'webhook',
    dedupeKey: key,
    dedupeUntil: ttlMs === undefined ? undefined : now + ttlMs,
    event,
    requestedBy: arrived.requestedBy,
    turn: threadTurn(ports, automation, event),
    ...(replayKey !== undefined && { replayKey }),
    ...(parts && { parts }),
    ...(coalesce && { coalesce }),
    ...overlapOf(automation, 'webhook'),
  };
}

/** An event that does not say what it belongs to waits for nothing. */
function coalescing({ automation, request, body, payload }: ArrivedEvent): Coalescing | undefined {
  const { coalesce } = automation.webhook;
  if (!coalesce) return undefined;
  const key = readSource(coalesce.key, { headers: request.headers, body, value: payload.value });
  if (key === undefined) return undefined;
  return { key: boundedKey(key), quietMs: coalesce.quietSeconds * 1000, maxMs: coalesce.maxSeconds * 1000 };
}
