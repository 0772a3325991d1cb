import { didYouMean } from '../domain/did-you-mean.ts';
import type { AuthFields, AuthShape, GeneralType, SignatureShape, TimestampSource } from './auth-shape.ts';
import { parseTemplate } from './parse-template.ts';

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const SIGNATURE_FIELDS = [
  'header',
  'encoding',
  'prefix',
  'splitOn',
  'signedPayload',
  'timestamp',
  'timestampUnit',
  'toleranceSeconds',
] as const;
const HMAC_FIELDS = [...SIGNATURE_FIELDS, 'secretEncoding', 'secretPrefix'];
const KEY_FIELDS = [...SIGNATURE_FIELDS, 'keyFormat', 'secretPrefix'];
const FIELDS: Readonly<Record<GeneralType, readonly string[]>> = {
  'hmac-sha256': HMAC_FIELDS,
  'hmac-sha1': HMAC_FIELDS,
  'hmac-sha512': HMAC_FIELDS,
  ed25519: KEY_FIELDS,
  'ecdsa-p256-sha256': KEY_FIELDS,
  token: ['header', 'prefix'],
  bearer: ['header', 'prefix'],
  basic: ['username'],
  none: [],
};
/** What the bundle has already turned into the list of secrets. */
const NOT_FIELDS: ReadonlySet<string> = new Set(['type', 'secret', 'publicKey']);
const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  encoding: ['hex', 'base64'],
  splitOn: [',', ' '],
  timestampUnit: ['s', 'ms'],
  secretEncoding: ['utf8', 'base64'],
  keyFormat: ['raw-hex', 'spki-base64', 'pem'],
};

/** The shape, and every sentence about what is wrong; without a shape at least one. */
export interface ShapeReading {
  readonly shape?: AuthShape;
  readonly problems: readonly string[];
}

/** Puts the fields of a file over those of its preset and reads the result; each sentence begins with the field. */
export function readShape(
  preset: AuthFields,
  options: Readonly<Record<string, unknown>>,
  { extraFields = [] }: { readonly extraFields?: readonly string[] } = {},
): ShapeReading {
  const allowed = [...FIELDS[preset.type], ...extraFields];
  const wrong = Object.entries(options).flatMap(([key, value]) => fieldProblems(key, value, allowed));
  if (wrong.length > 0) return { problems: wrong };
  const fields: AuthFields = { ...preset, ...options, type: preset.type };
  switch (fields.type) {
    case 'none':
      return { shape: { scheme: 'none' }, problems: [] };
    case 'basic':
      return fields.username
        ? {
            shape: { scheme: 'basic', header: 'authorization', prefix: 'Basic ', username: fields.username },
            problems: [],
          }
        : { problems: ['webhookAuth.username is required for type "basic"'] };
    case 'token':
    case 'bearer':
      return fields.header
        ? { shape: { scheme: 'token', header: fields.header.toLowerCase(), prefix: fields.prefix ?? '' }, problems: [] }
        : { problems: [`webhookAuth.header is required for type "${fields.type}": the header that carries the token`] };
    default:
      return readSignature(fields, fields.type);
  }
}

function fieldProblems(key: string, value: unknown, allowed: readonly string[]): readonly string[] {
  if (NOT_FIELDS.has(key)) return [];
  const name = `webhookAuth.${key}`;
  if (!allowed.includes(key)) return [`${name} has no meaning for this type${didYouMean(key, allowed)}`];
  if (key === 'toleranceSeconds') {
    const isCount = typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 86_400;
    return isCount ? [] : [`${name} must be a whole number of seconds from 1 to 86400, got ${JSON.stringify(value)}`];
  }
  if (typeof value !== 'string') return [`${name} must be text, got ${JSON.stringify(value)}`];
  if (key === 'header' && !HEADER_NAME.test(value)) return [`${name} must be the name of a header, got "${value}"`];
  const choices = Object.hasOwn(CHOICES, key) ? CHOICES[key] : undefined;
  return choices && !choices.includes(value) ? [`${name} must be one of ${choices.join(', ')}, got "${value}"`] : [];
}

function readSignature(fields: AuthFields, type: SignatureShape['type']): ShapeReading {
  const { header, timestamp, signedPayload = '{body}' } = fields;
  const template = parseTemplate(signedPayload);
  const source = timestamp === undefined ? undefined : timestampSource(timestamp);
  const problems = [
    ...(header ? [] : [`webhookAuth.header is required for type "${type}": the header that carries the signature`]),
    ...(template.ok ? [] : [`webhookAuth.signedPayload ${template.problem}`]),
    ...(timestamp === undefined || source
      ? []
      : [`webhookAuth.timestamp must be header:NAME, item:PREFIX or body:PATH, got "${timestamp}"`]),
  ];
  if (problems.length > 0 || !header || !template.ok) return { problems };
  const shape: SignatureShape = {
    scheme: type.startsWith('hmac') ? 'hmac' : 'public-key',
    type,
    header: header.toLowerCase(),
    encoding: fields.encoding ?? 'hex',
    template: template.parts,
    timestampUnit: fields.timestampUnit ?? 's',
    secretEncoding: fields.secretEncoding ?? 'utf8',
    keyFormat: fields.keyFormat ?? (type === 'ed25519' ? 'raw-hex' : 'spki-base64'),
    ...(fields.prefix !== undefined && { prefix: fields.prefix }),
    ...(fields.splitOn && { splitOn: fields.splitOn }),
    ...(source && { timestamp: source }),
    ...(fields.toleranceSeconds !== undefined && { toleranceSeconds: fields.toleranceSeconds }),
    ...(fields.secretPrefix && { secretPrefix: fields.secretPrefix }),
  };
  const wrong = contradictions(shape);
  return wrong.length > 0 ? { problems: wrong } : { shape, problems: [] };
}

/** What each field allows alone and all together do not. */
function contradictions({ template, timestamp, toleranceSeconds, splitOn }: SignatureShape): readonly string[] {
  const signsTime = template.some(({ type }) => type === 'timestamp');
  const problems: string[] = [];
  if (signsTime && !timestamp)
    problems.push('webhookAuth.signedPayload contains {timestamp}: say with timestamp where it stands');
  if (signsTime && timestamp?.from === 'body') {
    problems.push(
      'webhookAuth.signedPayload contains {timestamp}, but a body is not read before it is verified: leave it out',
    );
  }
  if (timestamp && timestamp.from !== 'body' && !signsTime) {
    const subject = toleranceSeconds === undefined ? 'timestamp' : 'toleranceSeconds';
    problems.push(
      `webhookAuth.${subject} needs a time that is signed, and {timestamp} is not in signedPayload: anyone could change it on a replay`,
    );
  }
  if (toleranceSeconds !== undefined && !timestamp) {
    problems.push('webhookAuth.toleranceSeconds needs timestamp: where the signed time stands');
  }
  if (timestamp?.from === 'item' && !splitOn) problems.push('webhookAuth.timestamp item:… needs splitOn');
  return problems;
}

function timestampSource(text: string): TimestampSource | undefined {
  const [, from, rest = ''] = /^(header|item|body):(.+)$/.exec(text) ?? [];
  if (from === 'header') return HEADER_NAME.test(rest) ? { from, name: rest.toLowerCase() } : undefined;
  if (from === 'item') return { from, prefix: rest };
  return from === 'body' ? { from, path: rest } : undefined;
}
