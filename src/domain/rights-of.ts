import type { Bundle, BundleSettings } from './bundle.ts';
import { DEFAULT_CONCURRENCY, DEFAULT_QUEUE, DEFAULT_QUEUE_BYTES } from './bundle.ts';
import { type CustomTool, type HandlerTool, withChainSteps } from './custom-tool.ts';
import { flagRight, type Place, type Right, type RightValue } from './right.ts';
import { modelValues, rightsOfAutomation } from './rights-of-automation.ts';
import { type AskedOperations, rightsOfConnection } from './rights-of-connection.ts';
import { itemOf, referencesIn } from './shown-value.ts';

/** What else than the bundle decides: what is asked of each connection, and hashes of the files that programs are. */
export interface RightsOptions {
  readonly asked: (connection: string) => AskedOperations;
  /** Hashes of the files that are no part of the bundle but decide what its programs do, by path. */
  readonly programs: ReadonlyMap<string, string>;
}

/** Everything that the files of a bundle allow and forbid, in a form that can be compared. Prose is no part of it. */
export function rightsOf(bundle: Bundle, { asked, programs }: RightsOptions): readonly Right[] {
  const { settings, automations, connections, customTools, agents, stores } = bundle;
  return [
    ...settingsRights(settings),
    ...[...automations.values()].flatMap(rightsOfAutomation),
    ...[...connections.values()].flatMap((connection) => rightsOfConnection(connection, asked(connection.name))),
    ...[...customTools.values()].flatMap((tool) => toolRights(tool, bundle)),
    ...programRights(programs),
    ...[...agents.values()].flatMap((agent) => {
      const right = at(`agent ${agent.name}`, `agents/${agent.name}/AGENT.md`);
      return [
        right('tools', ['tools'], { type: 'only', items: agent.tools }),
        right('connections', ['connections'], { type: 'only', items: agent.connections }),
        right('model', ['model'], grant(some(agent.model))),
      ];
    }),
    ...[...stores.values()].map(({ name, automationWritable }) =>
      at(`store ${name}`, `stores/${name}.json`)(
        'automationWritable',
        ['automationWritable'],
        flagRight(automationWritable),
      ),
    ),
  ];
}

function settingsRights({ models, server, webhookRuns, ...settings }: BundleSettings): readonly Right[] {
  const right = at('bundle', 'amodal.json');
  const lists = (['tools', 'connections', 'skills', 'agents'] as const).map((key) =>
    right(`webhookRuns.${key}`, ['webhookRuns', key], { type: 'only', items: webhookRuns?.[key] }),
  );
  const limits = [
    ['concurrency', settings.concurrency, DEFAULT_CONCURRENCY],
    ['queue', settings.queue, DEFAULT_QUEUE],
    ['queueBytes', settings.queueBytes ?? DEFAULT_QUEUE_BYTES, DEFAULT_QUEUE_BYTES],
  ] as const;
  return [
    ...lists,
    ...limits.map(([key, number, usual]) => right(`limits.${key}`, ['limits', key], { type: 'most', number, usual })),
    right('server.host', ['server', 'host'], grant(some(server.host))),
    right('server.publicUrl', ['server', 'publicUrl'], grant(some(server.publicUrl))),
    right('server.trustedProxies', ['server', 'trustedProxies'], grant(server.trustedProxies)),
    ...Object.entries(models).flatMap(([name, model]) => [
      ...modelValues(model, (key, path, value) => right(`models.${name} ${key}`, ['models', name, ...path], value)),
      right(`models.${name} secrets`, ['models', name], grant(referencesIn(model))),
    ]),
  ];
}

function toolRights(tool: CustomTool, bundle: Bundle): readonly Right[] {
  const right = at(`tool ${tool.name}`, tool.file);
  const kind = right('type', ['type'], grant([tool.type]));
  switch (tool.type) {
    case 'http': {
      const { connection, method, endpoint, params, headers, body } = tool;
      const call = right('request', ['endpoint'], grant([`${connection}:${method} ${endpoint}`]));
      const parts = Object.entries({ params, headers, body });
      return [kind, call, ...parts.map(([key, value]) => right(key, [key], grant(some(value))))];
    }
    case 'chain': {
      const tools = withChainSteps(bundle.customTools, [tool.name])?.slice(1);
      return [kind, right('steps', ['steps'], grant(tools)), right('inputs', ['steps'], grant([tool.steps]))];
    }
    case 'handler':
      return [kind, ...handlerRights(tool, right)];
    default:
      return unknownTool(tool);
  }
}

function handlerRights({ effect, env, timeoutSeconds }: HandlerTool, right: MakeRight): readonly Right[] {
  return [
    right('effect', ['effect'], { type: 'level', level: effect === 'read' ? 1 : 0, text: effect }),
    right('timeoutSeconds', ['timeoutSeconds'], { type: 'most', number: timeoutSeconds }),
    ...Object.entries(env).map(([name, value]) =>
      right(`env ${name}`, ['env', name], { type: 'grant', items: [itemOf(value, 'env')] }),
    ),
    right('secrets', ['env'], grant(referencesIn(env))),
  ];
}

/** What a program reads can be part of it, whatever its file is called. */
function programRights(programs: ReadonlyMap<string, string>): readonly Right[] {
  return [...programs].map(([path, hash]) => at(`file ${path}`, path)('content', [], grant([`sha256:${hash}`])));
}

type MakeRight = (name: string, path: Place['path'], value: RightValue) => Right;

function at(subject: string, file: string): MakeRight {
  return (name, path, value) => ({ subject, name, value, place: { file, path } });
}

function grant(values: readonly unknown[] = []): RightValue {
  return { type: 'grant', items: values.map((value) => itemOf(value)) };
}

function some(value: unknown): readonly unknown[] {
  return value === undefined ? [] : [value];
}

function unknownTool(tool: never): never {
  throw new TypeError(`no such kind of tool: ${JSON.stringify(tool)}`);
}
