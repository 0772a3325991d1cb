import type { ModelSettings } from '../domain/automation.ts';
import { AmodalError } from '../domain/error.ts';
import type { Secrets } from '../domain/ports/secrets.ts';
import { modelId } from './choose-model.ts';
import type { Provider, ProviderAccess } from './provider.ts';

export type FoundAccess =
  | { readonly ok: true; readonly access: ProviderAccess }
  | { readonly ok: false; readonly problem: string };

/** Resolves where and with which key a model is reached; a missing one is a sentence that names the variable. */
export function findAccess(settings: ModelSettings, provider: Provider, secrets: Secrets): FoundAccess {
  try {
    return resolveAccess(settings, provider, secrets);
  } catch (error) {
    if (!(error instanceof AmodalError)) throw error;
    return { ok: false, problem: `model ${modelId(settings)}: ${error.message}` };
  }
}

function resolveAccess(settings: ModelSettings, provider: Provider, secrets: Secrets): FoundAccess {
  const baseUrl = settings.baseUrl === undefined ? provider.baseUrl : secrets.resolve(settings.baseUrl);
  if (baseUrl === undefined) {
    return { ok: false, problem: `model ${modelId(settings)}: "baseUrl" is missing; say where the server is` };
  }
  const { keyVariable } = provider;
  const own = settings.apiKey === undefined ? undefined : secrets.resolve(settings.apiKey);
  const apiKey = own ?? (keyVariable === undefined ? undefined : secrets.variable(keyVariable));
  if (!apiKey && keyVariable !== undefined) {
    const problem = `model ${modelId(settings)}: expected a key in ${keyVariable}, but it is not set; put it into .env or the environment, or name another one in "credentials"`;
    return { ok: false, problem };
  }
  return { ok: true, access: { model: settings.model, baseUrl: baseUrl.replace(/\/+$/, ''), apiKey } };
}
