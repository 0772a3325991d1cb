import type { AuthFields, GeneralType } from '../auth-shape.ts';
import { jsonSample, type Sender } from '../sender.ts';

const DEDUPE = ['header:Idempotency-Key', 'header:webhook-id', 'body:Idempotency-Key'];

const TYPES: readonly GeneralType[] = [
  'hmac-sha256',
  'hmac-sha1',
  'hmac-sha512',
  'ed25519',
  'ecdsa-p256-sha256',
  'token',
  'bearer',
  'basic',
  'none',
];

/** The general types: the file says where the signature is, and everything else about it. */
export const generalSenders: readonly Sender[] = TYPES.map((type) => ({
  name: type,
  auth: fieldsOf(type),
  isGeneral: true,
  dedupe: DEDUPE,
  eventType: [],
  events: [],
  sample: ({ now, id }) =>
    jsonSample({ message: 'A sample event', sentAt: new Date(now).toISOString() }, { 'Idempotency-Key': id }),
}));

function fieldsOf(type: GeneralType): AuthFields {
  return type === 'bearer' ? { type, header: 'Authorization', prefix: 'Bearer ' } : { type };
}
