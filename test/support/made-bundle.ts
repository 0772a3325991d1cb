import { createHash } from 'node:crypto';
import { type Automation, DEFAULT_LIMITS, DEFAULT_RETRY, type WebhookSettings } from '../../src/domain/automation.ts';
import { type Bundle, type BundleSettings, DEFAULT_CONCURRENCY, DEFAULT_QUEUE } from '../../src/domain/bundle.ts';
import { AmodalError } from '../../src/domain/error.ts';
import type { Bundles } from '../../src/domain/ports/bundles.ts';
import type { Secrets } from '../../src/domain/ports/secrets.ts';
import { variableOf } from '../../src/domain/secret.ts';

type GivenAutomation = Partial<Omit<Automation, 'webhook'>> & {
  readonly name: string;
  readonly webhook?: Partial<WebhookSettings>;
};

/** An automation with every default, as the loader would give it. */
export function madeAutomation({ name, webhook, ...given }: GivenAutomation): Automation {
  const hash = createHash('sha256').update(name).digest('hex');
  return {
    name,
    title: name,
    prompt: 'Do the work.',
    file: `automations/${name}.json`,
    fileHash: hash,
    scheduleHash: hash,
    format: 'json',
    trigger: 'manual',
    missed: { policy: 'latest' },
    maxParallel: 5,
    webhook: { allowCIDRs: [], respond: 'accept', maxBodyBytes: 1_048_576, ...webhook },
    limits: DEFAULT_LIMITS,
    budget: {},
    retry: DEFAULT_RETRY,
    writeEnabled: false,
    writes: {},
    delivery: { targets: [], when: 'always' },
    mode: 'workflow',
    enabled: true,
    tags: [],
    ...given,
  };
}

interface GivenBundle extends Partial<Omit<Bundle, 'automations' | 'settings'>> {
  readonly automations?: readonly Automation[];
  readonly settings?: Partial<BundleSettings>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A bundle that was never a folder. */
export function madeBundle({ automations = [], settings, env = {}, ...given }: GivenBundle = {}): Bundle {
  return {
    dir: '/bundle',
    root: '/bundle',
    hash: 'bundle-hash',
    settings: {
      name: 'test-bundle',
      version: '1',
      timezone: 'UTC',
      models: {},
      concurrency: DEFAULT_CONCURRENCY,
      queue: DEFAULT_QUEUE,
      server: { trustedProxies: [] },
      ...settings,
    },
    automations: new Map(automations.map((automation) => [automation.name, automation])),
    broken: new Map(),
    connections: new Map(),
    stores: new Map(),
    knowledge: [],
    skills: new Map(),
    agents: new Map(),
    customTools: new Map(),
    scripts: new Map(),
    diagnostics: [],
    secrets: madeSecrets(env),
    ...given,
  };
}

/** The variables of a made bundle. */
export function madeSecrets(env: Readonly<Record<string, string>>): Secrets {
  return {
    resolve: (reference) => {
      const name = variableOf(reference);
      if (name === undefined) return reference;
      const value = env[name];
      if (value) return value;
      throw new AmodalError('unavailable', `${name} is not set.`);
    },
    redact: (text) =>
      Object.entries(env).reduce((out, [name, value]) => out.replaceAll(value, `[redacted:${name}]`), text),
    leaks: (text) => Object.keys(env).filter((name) => text.includes(env[name] ?? name)),
    variable: (name) => env[name],
  };
}

/** Bundles that a test swaps. */
export function madeBundles(first: Bundle): Bundles & { put(next: Bundle): void } {
  let current = first;
  const listeners = new Set<(bundle: Bundle) => void>();
  return {
    active: () => current,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    put: (next) => {
      current = next;
      for (const listener of listeners) listener(next);
    },
  };
}
