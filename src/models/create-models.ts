import type { Automation, ModelSettings } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import { formatDiagnostic } from '../domain/diagnostic.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { Model } from '../domain/ports/model.ts';
import type { Templates } from '../domain/ports/templates.ts';
import { chooseModel, modelId } from './choose-model.ts';
import { KEYED_DEFAULTS } from './default-models.ts';
import { withFallback } from './fallback-model.ts';
import { findAccess } from './find-access.ts';
import type { SdkModel } from './provider.ts';
import { PROVIDERS } from './providers/all.ts';
import { withRetries } from './retrying-model.ts';
import { createScriptedModel } from './scripted-model.ts';
import { createSdkModel } from './sdk-model.ts';

export interface ModelPorts {
  /** Guarded, with a long header timeout; every request of a provider goes through it. */
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** For the strings of scripts. */
  readonly templates: Templates;
  readonly logger: Logger;
}

/** What a model is made for: the script is found by the name, that of a sub-agent by its own. */
export type ModelUser = Pick<Automation, 'name' | 'model'> & { readonly agent?: string };

/**
 * Makes the model of an automation, with the provider's retries and its fallback around it. Never throws and asks
 * nobody: a missing key or an unknown name is the answer of its first `generate`.
 */
export function createModels(ports: ModelPorts): (bundle: Bundle, automation: ModelUser) => Model {
  const opened = new WeakMap<Bundle, Map<string, Promise<SdkModel>>>();
  return (bundle, automation) => {
    const choice = chooseModel(bundle, automation);
    if (!choice.ok) return brokenModel(choice.id, choice.problem);
    const clients = opened.get(bundle) ?? new Map<string, Promise<SdkModel>>();
    opened.set(bundle, clients);
    return modelFor(choice.settings, { ports, bundle, automation, clients });
  };
}

interface Making {
  readonly ports: ModelPorts;
  readonly bundle: Bundle;
  readonly automation: ModelUser;
  /** Of this bundle: runs share them, because to make one builds all its schemas. */
  readonly clients: Map<string, Promise<SdkModel>>;
}

function modelFor(settings: ModelSettings, making: Making): Model {
  const { clock, logger } = making.ports;
  const first = oneModel(settings, making);
  return settings.fallback === undefined
    ? first
    : withFallback(first, modelFor(settings.fallback, making), { clock, logger });
}

function oneModel(settings: ModelSettings, { ports, bundle, automation, clients }: Making): Model {
  if (settings.provider === 'scripted') {
    const { name, agent } = automation;
    const script = bundle.scripts.get(agent === undefined ? name : `agents/${agent}`);
    const wayOut = `set ${KEYED_DEFAULTS.map(({ variable }) => variable).join(' or ')}`;
    const { templates } = ports;
    return createScriptedModel({
      automation: name,
      ...(agent === undefined ? {} : { agent }),
      script,
      ...(script
        ? {}
        : { problem: problemOf(bundle, agent === undefined ? `automations/${name}` : `agents/${agent}/AGENT`) }),
      wayOut,
      templates,
    });
  }
  const provider = PROVIDERS.find((known) => known.name === settings.provider);
  if (!provider) return brokenModel(modelId(settings), `no provider is called "${settings.provider}"`);
  const found = findAccess(settings, provider, bundle.secrets);
  if (!found.ok) return brokenModel(modelId(settings), found.problem);
  const redact = (text: string) => bundle.secrets.redact(text);
  const { access } = found;
  const key = JSON.stringify([provider.name, access]);
  const open = () => {
    const client = clients.get(key) ?? provider.load().then((opened) => opened(access, ports.fetch));
    clients.set(key, client);
    return client;
  };
  return withRetries(createSdkModel({ ...ports, settings, provider, access, open, redact }), ports);
}

/** Why the script of this path, less its ending, was left out. */
function problemOf({ diagnostics }: Bundle, path: string): string | undefined {
  const files = [`${path}.script.json`, `amodal/${path}.script.json`];
  const found = diagnostics.find(({ severity, file }) => severity === 'error' && files.includes(file));
  return found && formatDiagnostic(found);
}

/** A model that cannot be asked: each step is told why. */
function brokenModel(id: string, message: string): Model {
  return { id, price: () => null, generate: async () => ({ ok: false, error: { message, retryable: false } }) };
}
