import { hash } from 'node:crypto';
import {
  type AlertPolicy,
  type Automation,
  DEFAULT_ALERT,
  DEFAULT_RETRY,
  type DeliveryPolicy,
  type ModelSettings,
  type Target,
  type TriggerType,
  type WebhookAuth,
  type WebhookSettings,
} from '../domain/automation.ts';
import { type MemorySettings, NO_MEMORY } from '../domain/memory.ts';
import type { AutomationDefaults } from './load-context.ts';
import type { AutomationFile } from './schema/automation.ts';

export const DEFAULT_MAX_PARALLEL = 5;
export const DEFAULT_MAX_BODY_BYTES = 1_048_576;
export const DEFAULT_QUIET_SECONDS = 10;
export const DEFAULT_MAX_SECONDS = 60;

/** Where a built automation comes from. */
export interface AutomationOrigin {
  readonly name: string;
  readonly file: string;
  readonly fileHash: string;
  readonly format: 'json' | 'markdown';
  readonly defaults: AutomationDefaults;
}

/** A checked file with every default applied. */
export function buildAutomation(file: AutomationFile, origin: AutomationOrigin): Automation {
  const { name, file: path, fileHash, format, defaults } = origin;
  const trigger = triggerOf(file);
  const expression = trigger === 'cron' ? file.schedule : undefined;
  const timezone = file.timezone ?? defaults.timezone;
  const enabled = file.enabled ?? true;
  const { attempts = DEFAULT_RETRY.attempts, backoffSeconds = DEFAULT_RETRY.backoffSeconds } = file.retry ?? {};
  return {
    name,
    title: file.title ?? name,
    description: file.description,
    prompt: file.prompt,
    file: path,
    fileHash,
    scheduleHash: scheduleHashOf(expression, timezone, enabled),
    format,
    trigger,
    schedule: expression === undefined ? undefined : { expression: expression.trim(), timezone },
    missed: { policy: file.missed?.policy ?? 'latest', withinMinutes: file.missed?.withinMinutes },
    overlap: file.overlap,
    maxParallel: file.maxParallel ?? DEFAULT_MAX_PARALLEL,
    webhookAuth: file.webhookAuth && webhookAuthOf(file.webhookAuth),
    webhook: file.webhook ? webhookOf(file.webhook) : DEFAULT_WEBHOOK,
    model: typeof file.model === 'object' ? modelSettingsOf(file.model) : file.model,
    tools: file.tools,
    connections: file.connections,
    skills: file.skills,
    agents: file.agents,
    limits: file.limits ? { ...defaults.limits, ...file.limits } : defaults.limits,
    budget: file.budget ? { ...defaults.budget, ...file.budget } : defaults.budget,
    retry: file.retry ? { attempts, backoffSeconds } : DEFAULT_RETRY,
    writeEnabled: file.writeEnabled ?? false,
    writes: file.writes ?? NOTHING,
    acceptUntrusted: file.acceptUntrusted,
    allowEgress: file.allowEgress,
    delivery: file.delivery ? deliveryOf(file.delivery, defaults.delivery) : defaults.delivery,
    failureAlert: alertOf(file.failureAlert, defaults.failureAlert),
    mode: file.mode ?? 'workflow',
    success: file.success,
    memory: file.memory ? memoryOf(file.memory, defaults.memory) : defaults.memory,
    recordTraffic: file.recordTraffic ?? defaults.recordTraffic,
    enabled,
    owner: file.owner,
    tags: file.tags ?? NONE,
  };
}

const NONE: readonly string[] = [];
const NOTHING = {};
const DEFAULT_WEBHOOK: WebhookSettings = { allowCIDRs: [], respond: 'accept', maxBodyBytes: DEFAULT_MAX_BODY_BYTES };

/** What starts it: what the file says, else what it is set up for. */
export function triggerOf(file: Partial<AutomationFile>): TriggerType {
  if (file.trigger) return file.trigger;
  if (file.schedule !== undefined) return 'cron';
  return file.webhookAuth || file.webhook ? 'webhook' : 'manual';
}

/** The secrets of a file, `publicKey` as their synonym, and everything else as it is written. */
export function webhookAuthOf(file: NonNullable<AutomationFile['webhookAuth']>): WebhookAuth {
  const { type, secret, publicKey, ...options } = file;
  return { type, secrets: [...listOf(secret), ...listOf(publicKey)], options };
}

/** Targets keep their own fields as written, references unresolved. */
function targetsOf(targets: readonly { readonly type: string }[] = []): readonly Target[] {
  return targets.map(({ type, ...options }) => ({ type, options }));
}

/** A file's `delivery` over that of `amodal.json`, field by field. */
export function deliveryOf(file: NonNullable<AutomationFile['delivery']>, inherited?: DeliveryPolicy): DeliveryPolicy {
  return {
    targets: file.targets ? targetsOf(file.targets) : (inherited?.targets ?? []),
    template: file.template ?? inherited?.template,
    when: file.when ?? inherited?.when ?? 'always',
  };
}

/** A file's `memory` over that of `amodal.json`; undefined = no notes. */
export function memoryOf(file: AutomationFile['memory'], inherited?: MemorySettings): MemorySettings | undefined {
  const memory = { ...NO_MEMORY, ...inherited, ...file };
  return file || inherited ? memory : undefined;
}

/** A model as `amodal.json` and automations write it. */
export function modelSettingsOf(file: Exclude<NonNullable<AutomationFile['model']>, string>): ModelSettings {
  const { provider, model, baseUrl, credentials, maxOutputTokens, price, fallback } = file;
  return {
    provider,
    model: model ?? provider,
    baseUrl,
    apiKey: credentials?.api_key,
    maxOutputTokens,
    price,
    fallback: fallback && modelSettingsOf(fallback),
  };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

function webhookOf(file: NonNullable<AutomationFile['webhook']>): WebhookSettings {
  const {
    dedupe,
    coalesce,
    allowCIDRs = [],
    respond = 'accept',
    maxBodyBytes = DEFAULT_MAX_BODY_BYTES,
    ...rest
  } = file;
  return {
    ...rest,
    allowCIDRs,
    respond,
    maxBodyBytes,
    dedupeKey: dedupe?.key,
    coalesce: coalesce && {
      key: coalesce.key,
      quietSeconds: coalesce.quietSeconds ?? DEFAULT_QUIET_SECONDS,
      maxSeconds: coalesce.maxSeconds ?? DEFAULT_MAX_SECONDS,
    },
  };
}

type AlertFile = AutomationFile['failureAlert'];

function alertOf(file: AlertFile, inherited: AlertFile): AlertPolicy | undefined {
  if (!file && !inherited) return undefined;
  const { targets, ...rest } = { ...inherited, ...file };
  return { ...DEFAULT_ALERT, ...rest, targets: targetsOf(targets) };
}

const scheduleHashes = new Map<string, Map<string, string>>();
const HASHES_KEPT = 20_000;

/** Kept by zone and expression: many automations share them. */
function scheduleHashOf(expression: string | undefined, timezone: string, enabled: boolean): string {
  const group = enabled ? timezone : `off ${timezone}`;
  let hashes = scheduleHashes.get(group);
  if (!hashes || hashes.size >= HASHES_KEPT) {
    hashes = new Map();
    scheduleHashes.set(group, hashes);
  }
  const key = expression ?? '';
  const known = hashes.get(key);
  if (known !== undefined) return known;
  const made = hash('sha256', JSON.stringify([expression?.trim() ?? null, timezone, enabled]));
  hashes.set(key, made);
  return made;
}
