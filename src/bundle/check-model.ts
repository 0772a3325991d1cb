import type { Env } from './check-references.ts';
import { errorAt, type Finding, type Path } from './finding.ts';
import type { AutomationFile } from './schema/automation.ts';

type ModelFile = Exclude<NonNullable<AutomationFile['model']>, string>;

const KEYS: Readonly<Record<string, string>> = {
  anthropic: 'ANTHROPIC_API_KEY',
  openai: 'OPENAI_API_KEY',
  google: 'GOOGLE_API_KEY',
};

/** What a provider needs to be reached: a model, a key, a URL. */
export function checkModel(file: ModelFile, path: Path, env: Env): readonly Finding[] {
  const { provider, model, baseUrl, credentials, fallback } = file;
  const findings: Finding[] = [];
  if (model === undefined && provider !== 'scripted') {
    findings.push(errorAt(path, 'missing-key', `"model" is missing: provider "${provider}" needs the name of a model`));
  }
  if (provider === 'openai-compatible' && baseUrl === undefined) {
    findings.push(
      errorAt(path, 'missing-key', '"baseUrl" is missing: provider "openai-compatible" needs the URL of a server'),
    );
  }
  const variable = KEYS[provider];
  if (variable !== undefined && !credentials && !env[variable]) {
    const wayOut = `put it into .env or the environment, or name another variable in "credentials": { "api_key": "env:NAME" }`;
    findings.push(
      errorAt(path, 'env-unset', `provider "${provider}" needs a key in ${variable}, which is not set: ${wayOut}`),
    );
  }
  return fallback ? [...findings, ...checkModel(fallback, [...path, 'fallback'], env)] : findings;
}
