import {
  type Automation,
  DEFAULT_LIMITS,
  DEFAULT_RETRY,
  type ModelSettings,
  type SessionLimits,
  type Target,
} from './automation.ts';
import { NO_MEMORY } from './memory.ts';
import { flagRight, type Place, type Right, type RightItem, type RightValue } from './right.ts';
import { describeReference } from './secret.ts';
import { itemOf, referencesIn, shownValue } from './shown-value.ts';

const TRIGGERS = ['manual', 'cron', 'webhook'];
const DEFAULT_MAX_PARALLEL = 5;
const DEFAULT_MAX_BODY_BYTES = 1_048_576;

/** What an automation may do, whom it reaches, who may start it, and where it is cut off. */
export function rightsOfAutomation(automation: Automation): readonly Right[] {
  const subject = `automation ${automation.name}`;
  const right: MakeRight = (name, path, value) => {
    return { subject, name, value, place: placeIn(automation, path) };
  };
  const { tools, connections, skills, agents } = automation;
  const lists = { tools, connections, skills, agents };
  return [
    right('enabled', ['enabled'], flagRight(automation.enabled)),
    right('trigger', ['trigger'], triggerRight(automation)),
    ...writeRights(automation, right),
    ...Object.entries(lists).map(([name, items]) => right(name, [name], { type: 'only', items })),
    right('allowEgress', ['allowEgress'], grant(automation.allowEgress)),
    right('mode', ['mode'], {
      type: 'level',
      level: automation.mode === 'conversation' ? 1 : 0,
      text: automation.mode,
    }),
    right('records nothing', ['recordTraffic'], flagRight(automation.recordTraffic === false)),
    ...memoryRights(automation, right),
    ...limitRights(automation, right),
    ...targetRights(automation, right),
    ...webhookRights(automation, right),
    ...modelRights(automation, right),
    right('secrets', [], secretsOf(automation)),
  ];
}

type MakeRight = (name: string, path: Place['path'], value: RightValue) => Right;

/** Who answers a model's requests, where and with which key; its fallbacks as well. */
export function modelValues(model: ModelSettings, right: MakeRight, path: Place['path'] = []): readonly Right[] {
  const { provider, baseUrl, apiKey, price, fallback } = model;
  const name = path
    .filter((part) => part === 'fallback')
    .map((part) => `${part} `)
    .join('');
  return [
    right(`${name}provider`, [...path, 'provider'], { type: 'grant', items: [itemOf(provider)] }),
    right(`${name}baseUrl`, [...path, 'baseUrl'], one(baseUrl)),
    right(`${name}key`, [...path, 'credentials', 'api_key'], one(apiKey, 'key')),
    right(`${name}price`, [...path, 'price'], one(price)),
    ...(fallback ? modelValues(fallback, right, [...path, 'fallback']) : []),
  ];
}

function placeIn({ file }: Automation, path: Place['path']): Place {
  return { file, path, otherwise: { file: 'amodal.json', path } };
}

function triggerRight({ trigger }: Automation): RightValue {
  return { type: 'level', level: TRIGGERS.indexOf(trigger) + 1, text: trigger };
}

function writeRights({ writeEnabled, writes, acceptUntrusted }: Automation, right: MakeRight): readonly Right[] {
  const whatever = writeEnabled ? ['what access.json names'] : [];
  return [
    right('writeEnabled', ['writeEnabled'], flagRight(writeEnabled)),
    right('writes.operations', ['writes', 'operations'], grant(writes.operations ?? whatever)),
    right('writes.maxPerRun', ['writes', 'maxPerRun'], { type: 'most', number: writes.maxPerRun }),
    right('acceptUntrusted', ['acceptUntrusted'], flagRight(acceptUntrusted)),
  ];
}

function memoryRights({ memory = NO_MEMORY }: Automation, right: MakeRight): readonly Right[] {
  const { enabled, automationWritable, maxBytes } = memory;
  return [
    right('memory.enabled', ['memory', 'enabled'], flagRight(enabled)),
    right('memory.automationWritable', ['memory', 'automationWritable'], flagRight(enabled && automationWritable)),
    right('memory.maxBytes', ['memory', 'maxBytes'], { type: 'most', number: maxBytes, usual: NO_MEMORY.maxBytes }),
  ];
}

function limitRights({ limits, budget, retry, maxParallel }: Automation, right: MakeRight): readonly Right[] {
  const own = (name: keyof SessionLimits) => {
    // 0 = never paused.
    const number = name === 'autoPauseAfter' && limits[name] === 0 ? undefined : limits[name];
    return right(`limits.${name}`, ['limits', name], { type: 'most', number, usual: DEFAULT_LIMITS[name] });
  };
  const cap = (name: 'perRunUsd' | 'perRunTokens' | 'per30DaysUsd') =>
    right(`budget.${name}`, ['budget', name], { type: 'most', number: budget[name] });
  return [
    ...(Object.keys(DEFAULT_LIMITS) as (keyof SessionLimits)[]).map(own),
    cap('perRunUsd'),
    cap('perRunTokens'),
    cap('per30DaysUsd'),
    right('budget.priceUnknown', ['budget', 'priceUnknown'], flagOf(budget.priceUnknown === 'allow', 'allow')),
    right('retry.attempts', ['retry', 'attempts'], {
      type: 'most',
      number: retry.attempts,
      usual: DEFAULT_RETRY.attempts,
    }),
    right('maxParallel', ['maxParallel'], { type: 'most', number: maxParallel, usual: DEFAULT_MAX_PARALLEL }),
  ];
}

function targetRights(automation: Automation, right: MakeRight): readonly Right[] {
  const { delivery, failureAlert } = automation;
  const targets = (key: string, list: readonly Target[]): RightValue => {
    const items = list.map(({ type, options }, index) => {
      const shown = shownValue(options);
      const text = shown === '' ? type : `${type}: ${shown}`;
      return { key: JSON.stringify([type, options]), text, place: placeIn(automation, [key, 'targets', index]) };
    });
    return { type: 'grant', items };
  };
  return [
    right('delivery', ['delivery'], targets('delivery', delivery.targets)),
    right('failureAlert', ['failureAlert'], targets('failureAlert', failureAlert?.targets ?? [])),
  ];
}

function webhookRights(automation: Automation, right: MakeRight): readonly Right[] {
  const { trigger, webhookAuth, webhook } = automation;
  if (trigger !== 'webhook' && !webhookAuth) return [];
  const proof = webhookAuth && webhookAuth.type !== 'none';
  const secrets = (webhookAuth?.secrets ?? []).map((secret) => ({ key: secret, text: describeReference(secret) }));
  const intake = (name: string, value: RightValue) => right(`webhook.${name}`, ['webhook', name], value);
  return [
    right('unsigned webhook', ['webhookAuth'], flagOf(!proof, 'anybody who knows the URL')),
    right(
      'webhookAuth',
      ['webhookAuth'],
      guard(proof ? { type: webhookAuth.type, ...webhookAuth.options } : undefined),
    ),
    right('webhookAuth secret', ['webhookAuth', 'secret'], { type: 'grant', items: secrets }),
    intake('allowCIDRs', { type: 'only', items: webhook.allowCIDRs.length > 0 ? webhook.allowCIDRs : undefined }),
    intake('events', { type: 'only', items: webhook.events }),
    intake('filter', guard(webhook.filter)),
    intake('expect', guard(webhook.expect)),
    intake('dedupe', guard(webhook.dedupeKey)),
    intake('rate', { type: 'most', number: webhook.rate?.perMinute }),
    intake('rate burst', { type: 'most', number: webhook.rate?.burst ?? webhook.rate?.perMinute }),
    intake('maxBodyBytes', { type: 'most', number: webhook.maxBodyBytes, usual: DEFAULT_MAX_BODY_BYTES }),
    intake('publicUrl', one(webhook.publicUrl)),
    intake('promptFrom', one(webhook.promptFrom)),
    intake('env', grant(webhook.env)),
  ];
}

function modelRights({ model }: Automation, right: MakeRight): readonly Right[] {
  if (model === undefined) return [];
  if (typeof model === 'string') return [right('model', ['model'], one(model))];
  return modelValues(model, (name, path, value) => right(`model ${name}`, ['model', ...path], value));
}

function secretsOf({ webhookAuth, delivery, failureAlert, model, webhook }: Automation): RightValue {
  const places = [webhookAuth, delivery.targets, failureAlert?.targets, typeof model === 'object' ? model : undefined];
  return grant(referencesIn([...places, webhook.publicUrl]));
}

function grant(texts: readonly string[] = []): RightValue {
  return { type: 'grant', items: texts.map((text) => itemOf(text)) };
}

function one(value: unknown, key?: string): RightValue {
  return { type: 'grant', items: some(value, key) };
}

function guard(value: unknown): RightValue {
  return { type: 'guard', items: some(value) };
}

function some(value: unknown, key?: string): readonly RightItem[] {
  return value === undefined ? [] : [itemOf(value, key)];
}

function flagOf(on: boolean, text: string): RightValue {
  return { type: 'level', level: on ? 1 : 0, text: on ? text : 'no' };
}
