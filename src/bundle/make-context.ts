import type { Connection } from '../domain/connection.ts';
import type { Env } from './check-references.ts';
import { createSecrets } from './create-secrets.ts';
import type { LoadedContent } from './load-content.ts';
import type { LoadContext, Registries } from './load-context.ts';
import { defaultsOf } from './load-settings.ts';
import type { AmodalFile } from './schema/amodal.ts';
import type { SourceFile } from './source-file.ts';

interface ContextOptions {
  readonly settings: Partial<AmodalFile>;
  readonly settingsSource: SourceFile | undefined;
  readonly env: Env;
  readonly registries: Registries;
  readonly content: Pick<LoadedContent, 'connections' | 'names' | 'tools'>;
}

/** The surroundings of the automations; the same object as before while nothing in them has changed. */
export function makeContext(options: ContextOptions, previous: LoadContext | undefined): LoadContext {
  const { settings, settingsSource, env, registries, content } = options;
  const exposure = exposureOf(content.connections);
  const { connections, stores, skills, agents } = content.names;
  const { known: tools } = content.tools;
  const names = { connections, stores, skills, agents, models: new Set(['main', 'simple']), tools };
  const lists = [connections, stores, skills, agents, exposure.privateData, exposure.openEgress];
  const ofTools = tools ? [...tools.names, ...tools.prefixes] : undefined;
  const text = JSON.stringify([lists.map((list) => [...list]), ofTools]);
  const key = [settingsSource, env, registries.presets, registries.deliveryTypes, text];
  if (previous?.key.every((part, index) => part === key[index])) return previous;
  return {
    key,
    env,
    presets: new Map(registries.presets.map((preset) => [preset.name, preset])),
    deliveryTypes: new Map(registries.deliveryTypes.map((type) => [type.type, type])),
    defaults: defaultsOf(settings),
    names,
    exposure,
    secrets: createSecrets({ env, used: [] }),
  };
}

/** Data behind a login or a repository is not public; an API without one may belong to anybody. */
function exposureOf(connections: ReadonlyMap<string, Connection>): LoadContext['exposure'] {
  const named = (test: (connection: Connection) => boolean) =>
    new Set([...connections.values()].filter(test).map(({ name }) => name));
  return {
    privateData: named(({ protocol, auth, headers }) =>
      protocol === 'http'
        ? auth !== undefined || Object.keys(headers).length > 0
        : protocol === 'git' || protocol === 'sql',
    ),
    openEgress: named(
      ({ protocol, auth, headers, spec, egress }) =>
        egress === 'public' ||
        (protocol === 'http'
          ? auth === undefined && Object.keys(headers).length === 0
          : protocol === 'mcp' && 'url' in spec),
    ),
  };
}
