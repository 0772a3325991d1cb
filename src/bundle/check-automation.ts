import type { Automation } from '../domain/automation.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { triggerOf } from './build-automation.ts';
import { checkModel } from './check-model.ts';
import { checkReferences } from './check-references.ts';
import { checkCron } from './check-schedule.ts';
import { checkTargets } from './check-targets.ts';
import { checkTemplate } from './check-template.ts';
import { checkWebhook, checkWebhookAuth } from './check-webhook.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, warningAt } from './finding.ts';
import { unknownTool, unknownTools } from './known-tools.ts';
import type { LazyParts } from './lazy-parts.ts';
import type { LoadContext } from './load-context.ts';
import type { ParsedFile } from './parse-json.ts';
import type { AutomationFile } from './schema/automation.ts';

/** Everything that the shape alone does not tell of an automation's file. */
export function checkAutomation(
  { value: file, references }: ParsedFile<AutomationFile>,
  context: LoadContext,
  parts: LazyParts,
): readonly Finding[] {
  const findings: Finding[] = [];
  if (file.prompt !== undefined) findings.push(...checkPrompt(file.prompt, parts));
  if (file.schedule !== undefined || file.timezone !== undefined) {
    findings.push(...checkCron(file, context.defaults.timezone, parts));
  }
  findings.push(...checkTrigger(file));
  if (references.length > 0) findings.push(...checkReferences(references, context.env));
  if (file.webhookAuth) findings.push(...checkWebhookAuth(file, context, findings));
  if (file.webhook) findings.push(...checkWebhook(file.webhook, presetOf(file, context)));
  if (file.delivery || file.failureAlert) findings.push(...checkRouting(file, context, { parts, found: findings }));
  findings.push(...checkNames(file, context));
  if (file.writes) findings.push(...checkWrites(file, context));
  findings.push(...checkRecord(file, context));
  if (file.success?.schema && parts.checkJsonSchema) findings.push(...checkSuccess(file.success.schema, parts));
  return findings;
}

/** Earlier turns of a conversation are read from the record. */
function checkRecord({ mode, recordTraffic }: Partial<AutomationFile>, { defaults }: LoadContext): readonly Finding[] {
  if (mode !== 'conversation' || (recordTraffic ?? defaults.recordTraffic) !== false) return [];
  const message =
    'without a record no earlier turn of a conversation comes back; leave it out for "mode": "conversation"';
  return [warningAt(['mode'], 'no-record', `"recordTraffic" is false: ${message}`)];
}

function presetOf({ webhookAuth }: Partial<AutomationFile>, { presets }: LoadContext) {
  return webhookAuth && presets.get(webhookAuth.type);
}

/** Untrusted text, data that is not public, and a way out: all three in one session (SPEC §4.2). */
export function checkExposure(automation: Automation, { exposure, names }: LoadContext): readonly Finding[] {
  if (automation.trigger !== 'webhook') return [];
  const reachable = automation.connections ?? [...names.connections];
  const secret = reachable.find((name) => exposure.privateData.has(name));
  const open = reachable.find((name) => exposure.openEgress.has(name) && !automation.allowEgress?.includes(name));
  if (open === undefined || secret === undefined) return [];
  const message = `a webhook's text, the data of connection ${quote(secret)} and the open connection ${quote(open)} meet in one session: a forged text could carry data out; narrow "connections"`;
  return [{ ...warningAt([], 'exfiltration', message), path: ['connections'] }];
}

function checkPrompt(prompt: string, { templates }: LazyParts): readonly Finding[] {
  if (prompt.trim() === '') return prompt === '' ? [] : [errorAt(['prompt'], 'empty', 'must not be empty')];
  return templates ? checkTemplate(['prompt'], prompt, templates) : [];
}

function checkTrigger(file: Partial<AutomationFile>): readonly Finding[] {
  const trigger = triggerOf(file);
  if (trigger === 'cron' && file.schedule === undefined) {
    const message = '"schedule" is missing: the trigger "cron" needs one, e.g. "0 9 * * 1-5"';
    return [errorAt(['trigger'], 'missing-key', message)];
  }
  const findings: Finding[] = [];
  if (trigger !== 'cron' && file.schedule !== undefined) {
    findings.push(
      warningAt(
        ['schedule'],
        'no-effect',
        `has no effect with the trigger "${trigger}": split it into two automations`,
      ),
    );
  }
  if (trigger !== 'webhook' && (file.webhookAuth ?? file.webhook)) {
    const key = file.webhookAuth ? 'webhookAuth' : 'webhook';
    findings.push(
      warningAt([key], 'no-effect', `has no effect with the trigger "${trigger}": set "trigger" to "webhook"`),
    );
  }
  if (trigger === 'webhook' && !file.webhookAuth && file.prompt !== undefined) {
    const message =
      'the webhook has no "webhookAuth": whoever knows its URL can start it; let the sender sign its requests';
    findings.push({ ...warningAt([], 'webhook-without-auth', message), path: [file.trigger ? 'trigger' : 'webhook'] });
  }
  return findings;
}

function checkRouting(
  file: Partial<AutomationFile>,
  context: LoadContext,
  { parts, found }: { readonly parts: LazyParts; readonly found: readonly Finding[] },
): readonly Finding[] {
  const { delivery, failureAlert } = file;
  const findings = [...checkTargets(delivery?.targets, { path: DELIVERY_TARGETS, context, parts, found })];
  if (delivery?.template && parts.templates) {
    findings.push(...checkTemplate(['delivery', 'template'], delivery.template, parts.templates));
  }
  if (!failureAlert) return findings;
  findings.push(...checkTargets(failureAlert.targets, { path: ALERT_TARGETS, context, parts, found }));
  if (!failureAlert.targets?.length && !context.defaults.failureAlert?.targets?.length) {
    const message = 'nobody hears of failures: "targets" is missing or empty';
    findings.push(warningAt(['failureAlert'], 'no-targets', message));
  }
  return findings;
}

const DELIVERY_TARGETS = ['delivery', 'targets'];
const ALERT_TARGETS = ['failureAlert', 'targets'];

function checkNames(file: Partial<AutomationFile>, { names, env }: LoadContext): readonly Finding[] {
  const { tools, success, connections, allowEgress, skills, agents, model } = file;
  const findings: Finding[] = [];
  if (tools) findings.push(...unknownTools(['tools'], tools, names.tools));
  for (const [index, { tool }] of success?.requires?.entries() ?? []) {
    findings.push(...unknownTool(['success', 'requires', index, 'tool'], tool, names.tools));
  }
  if (connections) findings.push(...unknownNames('connections', connections, names.connections));
  if (allowEgress) findings.push(...unknownEgress(allowEgress, names.connections));
  if (skills) findings.push(...unknownNames('skills', skills, names.skills));
  if (agents) findings.push(...unknownNames('agents', agents, names.agents));
  if (typeof model === 'string' && !names.models.has(model)) {
    const message = ` ${quote(model)} is not in "models" of amodal.json${didYouMean(model, names.models)}`;
    findings.push(errorAt(['model'], 'unknown-model', message));
  }
  if (typeof model === 'object') findings.push(...checkModel(model, ['model'], env));
  return findings;
}

function unknownEgress(used: readonly string[], known: ReadonlySet<string>): readonly Finding[] {
  return used.flatMap((name, index) => {
    if (known.has(name)) return [];
    const message = `no connection is called ${quote(name)}${didYouMean(name, known)}`;
    return [errorAt(['allowEgress', index], 'unknown-connection', message)];
  });
}

/** One finding for each name that nothing in the bundle has. */
export function unknownNames(
  key: 'connections' | 'skills' | 'agents',
  used: readonly string[],
  known: ReadonlySet<string>,
): readonly Finding[] {
  return used.flatMap((name, index) => {
    if (known.has(name)) return [];
    const kind = key.slice(0, -1);
    const hint = known.size === 0 ? `: there is no folder ${key}/${name}/` : didYouMean(name, known);
    return [errorAt([key, index], `unknown-${kind}`, `no ${kind} is called ${quote(name)}${hint}`)];
  });
}

const OPERATION = /^(?:([^\s:/]+):)?([A-Z]+)\s+(\/\S*)$/;

function checkWrites(file: Partial<AutomationFile>, { names }: LoadContext): readonly Finding[] {
  const findings = (file.writes?.operations ?? []).flatMap((operation, index) => {
    const path = ['writes', 'operations', index];
    if (!/[\s/]/.test(operation)) return unknownTool(path, operation, names.tools);
    const [whole, connection] = OPERATION.exec(operation) ?? [];
    if (whole === undefined) {
      const expected = 'expected "[connection:]METHOD /path/{param}" or the name of a tool';
      return [errorAt(path, 'bad-operation', `${expected}, got ${quote(operation)}`)];
    }
    if (connection === undefined || names.connections.has(connection)) return [];
    const hint = didYouMean(connection, names.connections);
    return [errorAt(path, 'unknown-connection', `no connection is called ${quote(connection)}${hint}`)];
  });
  if (file.writeEnabled) return findings;
  return [...findings, warningAt(['writes'], 'no-effect', 'has no effect without "writeEnabled": true')];
}

function checkSuccess(schema: Readonly<Record<string, unknown>>, { checkJsonSchema }: LazyParts): readonly Finding[] {
  const problem = checkJsonSchema?.(schema);
  return problem === undefined ? [] : [errorAt(['success', 'schema'], 'bad-schema', `is no JSON Schema: ${problem}`)];
}
