import { type Automation, DEFAULT_LIMITS } from '../domain/automation.ts';
import { type BundleSettings, DEFAULT_CONCURRENCY, DEFAULT_QUEUE, DEFAULT_QUEUE_BYTES } from '../domain/bundle.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { DEFAULT_RETENTION } from '../domain/retention.ts';
import { urlProblem } from '../net/index.ts';
import { deliveryOf, memoryOf, modelSettingsOf } from './build-automation.ts';
import { checkCidr } from './check-cidr.ts';
import { checkModel } from './check-model.ts';
import { checkReferences, type Env } from './check-references.ts';
import { checkTargets } from './check-targets.ts';
import { checkTemplate } from './check-template.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding } from './finding.ts';
import { unknownTools } from './known-tools.ts';
import type { LazyParts } from './lazy-parts.ts';
import { checkMcp } from './load-connection.ts';
import type { AutomationDefaults, KnownNames, LoadContext } from './load-context.ts';
import type { ParsedFile } from './parse-json.ts';
import type { AmodalFile } from './schema/amodal.ts';
import { checkTimeZone } from './time-zones.ts';

export const DEFAULT_TIMEZONE = 'UTC';
export const DEFAULT_VERSION = '0';

/** What `amodal.json` says of the bundle itself. `folder` is the name of its folder. */
export function settingsOf(file: Partial<AmodalFile>, folder: string, env: Env): BundleSettings {
  const { main, simple } = file.models ?? {};
  const { publicUrl, trustedProxies = [], host, port } = file.server ?? {};
  return {
    name: file.name ?? folder,
    version: file.version ?? DEFAULT_VERSION,
    description: file.description,
    basePrompt: file.basePrompt,
    timezone: zoneOf(file),
    models: {
      ...(main ? { main: modelSettingsOf(main) } : {}),
      ...(simple ? { simple: modelSettingsOf(simple) } : {}),
    },
    concurrency: file.limits?.concurrency ?? DEFAULT_CONCURRENCY,
    queue: file.limits?.queue ?? DEFAULT_QUEUE,
    queueBytes: file.limits?.queueBytes ?? DEFAULT_QUEUE_BYTES,
    retention: { ...DEFAULT_RETENTION, ...file.retention },
    webhookRuns: file.webhookRuns,
    server: { publicUrl: publicUrl && resolved(publicUrl, env), trustedProxies: proxiesOf(trustedProxies), host, port },
  };
}

/** What `amodal.json` gives to every automation. */
export function defaultsOf(file: Partial<AmodalFile>): AutomationDefaults {
  const { concurrency: _, queue: __, queueBytes: ___, ...limits } = file.limits ?? {};
  return {
    timezone: zoneOf(file),
    limits: { ...DEFAULT_LIMITS, ...limits } as Automation['limits'],
    budget: file.budget ?? {},
    memory: memoryOf(file.memory),
    recordTraffic: file.recordTraffic,
    delivery: deliveryOf(file.delivery ?? {}),
    failureAlert: file.failureAlert,
  };
}

/** Everything that the shape alone does not tell of `amodal.json`. */
export function checkSettings(
  { value: file, references }: ParsedFile<AmodalFile>,
  context: Pick<LoadContext, 'env' | 'deliveryTypes' | 'secrets' | 'names'>,
  parts: LazyParts,
): readonly Finding[] {
  const { env } = context;
  const badZone = file.timezone === undefined ? undefined : checkTimeZone(file.timezone);
  const template = file.delivery?.template;
  const found = checkReferences(references, env);
  return [
    ...found,
    ...(badZone === undefined ? [] : [errorAt(['timezone'], 'bad-timezone', badZone)]),
    ...(file.models?.main ? checkModel(file.models.main, ['models', 'main'], env) : []),
    ...(file.models?.simple ? checkModel(file.models.simple, ['models', 'simple'], env) : []),
    ...checkTargets(file.delivery?.targets, { path: ['delivery', 'targets'], context, parts, found }),
    ...checkTargets(file.failureAlert?.targets, { path: ['failureAlert', 'targets'], context, parts, found }),
    ...(template && parts.templates ? checkTemplate(['delivery', 'template'], template, parts.templates) : []),
    ...checkServer(file.server, env),
    ...checkWebhookRuns(file.webhookRuns, context.names),
    ...Object.entries(file.mcp?.servers ?? {}).flatMap(([name, server]) => checkMcp(server, ['mcp', 'servers', name])),
  ];
}

/** A list that narrows to a name that nothing has would narrow to nothing. */
function checkWebhookRuns(most: AmodalFile['webhookRuns'] = {}, names: KnownNames): readonly Finding[] {
  const lists = (['connections', 'skills', 'agents'] as const).flatMap((key) =>
    (most[key] ?? []).flatMap((name, index) => {
      if (names[key].has(name)) return [];
      const kind = key.slice(0, -1);
      const message = `no ${kind} is called ${quote(name)}${didYouMean(name, names[key])}`;
      return [errorAt(['webhookRuns', key, index], `unknown-${kind}`, message)];
    }),
  );
  return [...unknownTools(['webhookRuns', 'tools'], most.tools ?? [], names.tools), ...lists];
}

function checkServer(server: AmodalFile['server'], env: Env): readonly Finding[] {
  const { trustedProxies = [] } = server ?? {};
  const proxies = (typeof trustedProxies === 'number' ? [] : trustedProxies).flatMap((network, index) => {
    const problem = checkCidr(network);
    return problem === undefined ? [] : [errorAt(['server', 'trustedProxies', index], 'bad-network', problem)];
  });
  const url = server?.publicUrl && resolved(server.publicUrl, env);
  const problem = url ? (urlProblem(url) ?? pathProblem(url)) : undefined;
  return problem === undefined ? proxies : [...proxies, errorAt(['server', 'publicUrl'], 'bad-url', problem)];
}

/** A number of hops is kept as the one text that says so. */
function proxiesOf(trusted: number | readonly string[]): readonly string[] {
  return typeof trusted === 'number' ? [String(trusted)] : trusted;
}

function pathProblem(url: string): string | undefined {
  const { search, hash } = new URL(url);
  return search || hash ? 'expected a URL without a query' : undefined;
}

/** A zone that is wrong is reported, and must not make every schedule wrong as well. */
function zoneOf({ timezone }: Partial<AmodalFile>): string {
  return timezone !== undefined && checkTimeZone(timezone) === undefined ? timezone : DEFAULT_TIMEZONE;
}

function resolved(reference: string, env: Env): string | undefined {
  return reference.startsWith('env:') ? env[reference.slice(4)] || undefined : reference;
}
