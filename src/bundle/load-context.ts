import type { Automation, DeliveryPolicy } from '../domain/automation.ts';
import type { DeliveryType } from '../domain/ports/delivery-type.ts';
import type { Secrets } from '../domain/ports/secrets.ts';
import type { WebhookPreset } from '../domain/ports/webhook-preset.ts';
import type { Env } from './check-references.ts';
import type { KnownTools } from './known-tools.ts';
import type { AmodalFile } from './schema/amodal.ts';

/** What other rooms know of `webhookAuth` types and targets. */
export interface Registries {
  readonly presets: readonly WebhookPreset[];
  readonly deliveryTypes: readonly DeliveryType[];
  /** Names of the runtime's own tools; undefined = the names of tools in files are not checked. */
  readonly toolNames?: readonly string[];
}

/** What an automation inherits from `amodal.json`. */
export type AutomationDefaults = Pick<Automation, 'limits' | 'budget' | 'memory' | 'recordTraffic'> & {
  readonly timezone: string;
  readonly delivery: DeliveryPolicy;
  readonly failureAlert?: AmodalFile['failureAlert'];
};

/** Names that other files may refer to, those of broken files included: one broken file must not break others. */
export interface KnownNames {
  readonly connections: ReadonlySet<string>;
  readonly stores: ReadonlySet<string>;
  readonly skills: ReadonlySet<string>;
  readonly agents: ReadonlySet<string>;
  readonly models: ReadonlySet<string>;
  /** Undefined = nobody has said which there are. */
  readonly tools?: KnownTools;
}

/** Everything outside of its own file that decides what an automation becomes: while it is the same, nothing is redone. */
export interface LoadContext {
  /** What all of it was made from, for comparing. */
  readonly key: readonly unknown[];
  readonly env: Env;
  readonly presets: ReadonlyMap<string, WebhookPreset>;
  readonly deliveryTypes: ReadonlyMap<string, DeliveryType>;
  readonly defaults: AutomationDefaults;
  readonly names: KnownNames;
  /** Connections through which a session may reach data that is not public, and through which data can leave. */
  readonly exposure: { readonly privateData: ReadonlySet<string>; readonly openEgress: ReadonlySet<string> };
  /** For the checks of presets and targets only. */
  readonly secrets: Secrets;
}
