import { didYouMean } from '../domain/did-you-mean.ts';
import { variableOf } from '../domain/secret.ts';
import { webhookAuthOf } from './build-automation.ts';
import { checkCidr } from './check-cidr.ts';
import { hasFinding, sentencesOf } from './check-targets.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, type Path, warningAt } from './finding.ts';
import type { LoadContext } from './load-context.ts';
import type { AutomationFile } from './schema/automation.ts';

/** Bytes below which a secret can be guessed. */
const SHORT_SECRET = 16;

/** The type of `webhookAuth`, what its preset says of it, and secrets that are easily guessed. */
export function checkWebhookAuth(
  file: NonNullable<AutomationFile['webhookAuth']>,
  context: LoadContext,
  found: readonly Finding[],
): readonly Finding[] {
  const preset = context.presets.get(file.type);
  const path = ['webhookAuth'];
  if (!preset) {
    const hint = didYouMean(file.type, context.presets.keys());
    return [errorAt(['webhookAuth', 'type'], 'unknown-preset', `${quote(file.type)} is no way to sign${hint}`)];
  }
  const findings: Finding[] = [];
  if (file.type === 'none') {
    const message = '"none": whoever knows the URL can start it; let the sender sign its requests';
    findings.push(warningAt(['webhookAuth', 'type'], 'webhook-without-auth', message));
  }
  findings.push(...shortSecrets(file.secret, context.env));
  if (hasFinding(found, path)) return findings;
  const sentences = sentencesOf(() => preset.check(webhookAuthOf(file), context.secrets));
  return [...findings, ...sentences.map((sentence) => errorAt(path, 'bad-webhook-auth', sentence))];
}

function shortSecrets(secret: string | readonly string[] | undefined, env: LoadContext['env']): readonly Finding[] {
  const secrets = typeof secret === 'string' ? [secret] : (secret ?? []);
  return secrets.flatMap((reference, index) => {
    const path = typeof secret === 'string' ? ['webhookAuth', 'secret'] : ['webhookAuth', 'secret', index];
    const name = variableOf(reference);
    const value = name === undefined ? reference : env[name];
    if (!value || reference === value) return value ? weaknesses(path, 'the secret', value) : [];
    return weaknesses(path, `the value of ${name}`, value);
  });
}

function weaknesses(path: Path, subject: string, value: string): readonly Finding[] {
  const bytes = Buffer.byteLength(value);
  const short = `${subject} has ${bytes} bytes: a secret should have at least ${SHORT_SECRET}`;
  const blank = `${subject} begins or ends with a blank, which is part of the secret: take it off if it is not meant`;
  return [
    ...(bytes < SHORT_SECRET ? [warningAt(path, 'short-secret', short)] : []),
    ...(value === value.trim() ? [] : [warningAt(path, 'blank-in-secret', blank)]),
  ];
}

type WebhookFile = NonNullable<AutomationFile['webhook']>;

/** Senders that sign the URL to which they post. */
const SIGN_URL = ['twilio', 'hubspot'];

/** A signed URL has to be known exactly; the one of the request proves nothing. */
export function checkSignedUrl({ webhookAuth, webhook }: Partial<AutomationFile>): readonly Finding[] {
  const signsUrl = webhookAuth && (SIGN_URL.includes(webhookAuth.type) || webhookAuth.signedPayload?.includes('{url}'));
  if (!signsUrl || webhook?.publicUrl !== undefined) return [];
  const message = `"webhook.publicUrl" is missing: ${quote(webhookAuth.type)} signs the URL, so write the exact one that the sender has`;
  return [errorAt(['webhookAuth'], 'missing-key', message)];
}

/** The networks, conditions and keys of the `webhook` object. */
export function checkWebhook(file: WebhookFile): readonly Finding[] {
  return [
    ...(file.allowCIDRs ?? []).flatMap((network, index) => {
      const problem = checkCidr(network);
      return problem === undefined ? [] : [errorAt(['webhook', 'allowCIDRs', index], 'bad-network', problem)];
    }),
    ...checkFilter(file.filter, ['webhook', 'filter']),
    ...checkFilter(file.expect, ['webhook', 'expect']),
    ...checkKey(file.dedupe?.key, ['webhook', 'dedupe', 'key'], DEDUPE_KEY),
    ...checkKey(file.coalesce?.key, ['webhook', 'coalesce', 'key'], COALESCE_KEY),
  ];
}

const DEDUPE_KEY = /^(?:body:[^\s]+|header:[\w!#$%&'*+.^`|~-]+|sha256\(body\))$/;
const COALESCE_KEY = /^(?:body:[^\s]+|header:[\w!#$%&'*+.^`|~-]+)$/;

function checkKey(key: string | undefined, path: Path, pattern: RegExp): readonly Finding[] {
  if (key === undefined || pattern.test(key)) return [];
  const hashed = pattern === DEDUPE_KEY ? ' or "sha256(body)"' : '';
  return [errorAt(path, 'bad-key', `expected "body:<path>", "header:<name>"${hashed}, got ${quote(key)}`)];
}

type FilterFile = NonNullable<WebhookFile['filter']>;

const TESTS = ['equals', 'in', 'exists', 'regex'] as const;
const GROUPS = ['any', 'all', 'not'] as const;
const LONGEST_REGEX = 500;

function checkFilter(filter: FilterFile | undefined, path: Path): readonly Finding[] {
  if (!filter) return [];
  const tests = TESTS.filter((key) => filter[key] !== undefined);
  const groups = GROUPS.filter((key) => filter[key] !== undefined);
  const isTest = filter.field !== undefined && tests.length === 1 && groups.length === 0;
  const isGroup = filter.field === undefined && tests.length === 0 && groups.length === 1;
  if (!isTest && !isGroup) {
    const expected = '"field" with one of equals, in, exists, regex; or one of any, all, not';
    return [errorAt(path, 'bad-filter', `expected ${expected}, got ${Object.keys(filter).join(', ') || 'nothing'}`)];
  }
  return [
    ...checkRegex(filter.regex, [...path, 'regex']),
    ...(filter.any ?? []).flatMap((one, index) => checkFilter(one, [...path, 'any', index])),
    ...(filter.all ?? []).flatMap((one, index) => checkFilter(one, [...path, 'all', index])),
    ...checkFilter(filter.not, [...path, 'not']),
  ];
}

function checkRegex(regex: string | undefined, path: Path): readonly Finding[] {
  if (regex === undefined) return [];
  if (regex.length > LONGEST_REGEX)
    return [errorAt(path, 'bad-regex', `has ${regex.length} characters; at most ${LONGEST_REGEX}`)];
  try {
    new RegExp(regex, 'u');
    return [];
  } catch (error) {
    return [errorAt(path, 'bad-regex', `is no regular expression: ${(error as Error).message}`)];
  }
}
