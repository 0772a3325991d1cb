import type { Automation } from '../domain/automation.ts';
import { AmodalError } from '../domain/error.ts';
import type { Event } from '../domain/event.ts';
import { withoutJsonFields } from '../domain/json-fields.ts';
import { MOST_NESTING, type Payload, parsePayload } from '../domain/parse-payload.ts';
import { valuesAt } from '../domain/values-at.ts';
import type { WaitRequest } from '../domain/waiting.ts';
import { type NamedFiles, namedFiles } from './call-files.ts';
import type { CallRequest } from './call-request.ts';
import { inboundEvent } from './inbound-event.ts';

const LONGEST_IDEMPOTENCY_KEY = 256;

/** A caller's body, taken apart: what it says to the runtime, and the event that is left for the automation. */
export interface Call {
  readonly event: Event;
  readonly idempotencyKey?: string;
  readonly wait: WaitRequest;
  readonly session?: string;
  readonly files: NamedFiles;
}

/** Throws `bad_request` for what is no JSON, or says something to the runtime that it cannot do. */
export function readCall({ body, headers, query }: CallRequest, { mode }: Pick<Automation, 'mode'>): Call {
  const payload = requireJson(body);
  const field = (name: string) => valuesAt(payload.value, name)[0];
  const files = namedFiles(payload.value, field('files'));
  const isConversation = mode === 'conversation';
  const own = [
    'wait',
    'Idempotency-Key',
    ...(files.listed.length > 0 ? ['files'] : []),
    ...(isConversation ? ['session_id'] : []),
  ];
  const kept = { ...payload, body: withoutJsonFields(payload.body, own) };
  return {
    event: inboundEvent({ headers, query }, kept, { own: ['wait'] }),
    idempotencyKey: idempotencyKeyOf(headers['idempotency-key']?.[0], field('Idempotency-Key')),
    wait: { body: field('wait'), query: query.get('wait') ?? undefined, prefer: headers.prefer?.join(', ') },
    session: isConversation ? sessionOf(field('session_id')) : undefined,
    files,
  };
}

function requireJson(body: Buffer): Payload {
  const parsed = parsePayload(body, 'application/json');
  if (!parsed.ok) throw new AmodalError('bad_request', `The body is nested deeper than ${MOST_NESTING}.`);
  if (parsed.payload.format === 'json') return parsed.payload;
  throw new AmodalError('bad_request', 'The body must be JSON, e.g. {"message":"…"}.');
}

function idempotencyKeyOf(header: string | undefined, field: unknown): string | undefined {
  const key = header || field;
  if (key === undefined || key === null || key === '') return undefined;
  const text = typeof key === 'number' ? String(key) : key;
  if (typeof text === 'string' && text.length <= LONGEST_IDEMPOTENCY_KEY) return text;
  throw new AmodalError(
    'bad_request',
    `The idempotency key must be text of at most ${LONGEST_IDEMPOTENCY_KEY} characters.`,
  );
}

function sessionOf(session: unknown): string | undefined {
  if (session === undefined || session === null || session === '') return undefined;
  if (typeof session === 'string') return session;
  throw new AmodalError('bad_request', '"session_id" must be a string as an earlier answer gave it.');
}
