import { didYouMean } from '../domain/did-you-mean.ts';
import type { WebhookPreset } from '../domain/ports/webhook-preset.ts';
import { variableOf } from '../domain/secret.ts';
import { DEFAULT_MAX_SECONDS, DEFAULT_QUIET_SECONDS, webhookAuthOf } from './build-automation.ts';
import { checkCidr } from './check-cidr.ts';
import { checkEvents } from './check-events.ts';
import { checkFilter } from './check-filter.ts';
import { hasFinding, sentencesOf } from './check-targets.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, type Path, warningAt } from './finding.ts';
import type { LoadContext } from './load-context.ts';
import type { AutomationFile } from './schema/automation.ts';

/** Bytes below which a secret can be guessed. */
const SHORT_SECRET = 16;

/** The type of `webhookAuth`, what its preset says of it, and secrets that are easily guessed. */
export function checkWebhookAuth(
  { webhookAuth: file, webhook }: Partial<AutomationFile>,
  context: LoadContext,
  found: readonly Finding[],
): readonly Finding[] {
  if (!file) return [];
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
  const sentences = sentencesOf(() => preset.check(webhookAuthOf(file), context.secrets, webhook ?? {}));
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

/** The networks, events, conditions and keys of the `webhook` object. */
export function checkWebhook(file: WebhookFile, preset: WebhookPreset | undefined): readonly Finding[] {
  return [
    ...(file.allowCIDRs ?? []).flatMap((network, index) => {
      const problem = checkCidr(network);
      return problem === undefined ? [] : [errorAt(['webhook', 'allowCIDRs', index], 'bad-network', problem)];
    }),
    ...checkEvents(file.events, preset),
    ...checkFilter(file.filter, ['webhook', 'filter']),
    ...checkFilter(file.expect, ['webhook', 'expect']),
    ...checkKey(file.dedupe?.key, ['webhook', 'dedupe', 'key'], DEDUPE_KEY),
    ...checkKey(file.coalesce?.key, ['webhook', 'coalesce', 'key'], COALESCE_KEY),
    ...checkQuiet(file.coalesce),
  ];
}

const DEDUPE_KEY = /^(?:body:[^\s]+|header:[\w!#$%&'*+.^`|~-]+|sha256\(body\))$/;
const COALESCE_KEY = /^(?:body:[^\s]+|header:[\w!#$%&'*+.^`|~-]+)$/;

/** A run that had to start before it may is never what was meant. */
function checkQuiet(coalesce: WebhookFile['coalesce']): readonly Finding[] {
  if (!coalesce) return [];
  const { quietSeconds = DEFAULT_QUIET_SECONDS, maxSeconds = DEFAULT_MAX_SECONDS } = coalesce;
  if (quietSeconds <= maxSeconds) return [];
  const message = `waits ${quietSeconds} s for quiet but starts after ${maxSeconds} s in any case: raise "maxSeconds"`;
  return [errorAt(['webhook', 'coalesce'], 'bad-coalesce', message)];
}

function checkKey(key: string | undefined, path: Path, pattern: RegExp): readonly Finding[] {
  if (key === undefined || pattern.test(key)) return [];
  const hashed = pattern === DEDUPE_KEY ? ' or "sha256(body)"' : '';
  return [errorAt(path, 'bad-key', `expected "body:<path>", "header:<name>"${hashed}, got ${quote(key)}`)];
}
