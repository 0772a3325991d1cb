import type { Automation, ModelSettings } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { KEYED_DEFAULTS, SCRIPTED } from './default-models.ts';

/** Which model an automation runs on and, in a few words, why. */
export type ModelChoice =
  | { readonly ok: true; readonly settings: ModelSettings; readonly reason: string }
  | { readonly ok: false; readonly id: string; readonly problem: string };

/** What choosing needs of an automation: its own `model`, if it says one. */
export type ModelChooser = Pick<Automation, 'model'>;

/**
 * The automation's own model, else `models.main`, else the provider whose key is set, else `scripted`. A name is looked
 * up in `models` of `amodal.json`; `simple` falls back to `main`, or to the small model of the key that is set.
 */
export function chooseModel(bundle: Bundle, automation: ModelChooser = {}): ModelChoice {
  const wanted = automation.model ?? 'main';
  if (typeof wanted !== 'string') return { ok: true, settings: wanted, reason: 'the automation names it' };
  const configured = Object.hasOwn(bundle.settings.models, wanted) ? bundle.settings.models[wanted] : undefined;
  if (configured) return { ok: true, settings: configured, reason: `models.${wanted} of amodal.json` };
  const { main } = bundle.settings.models;
  if (wanted === 'simple' && main) return { ok: true, settings: main, reason: 'models.main of amodal.json' };
  if (wanted === 'main' || wanted === 'simple') return chooseByKey(bundle, wanted);
  const known = new Set([...Object.keys(bundle.settings.models), 'main', 'simple']);
  return {
    ok: false,
    id: wanted,
    problem: `model "${wanted}": expected a name in "models" of amodal.json${didYouMean(wanted, known)}`,
  };
}

/** What calls itself a model in messages: `provider/model`, or `scripted`. */
export function modelId(settings: ModelSettings): string {
  return settings.provider === 'scripted' ? 'scripted' : `${settings.provider}/${settings.model}`;
}

function chooseByKey(bundle: Bundle, role: 'main' | 'simple'): ModelChoice {
  const keyed = KEYED_DEFAULTS.find(({ variable }) => bundle.secrets.variable(variable));
  if (keyed) return { ok: true, settings: keyed[role], reason: `${keyed.variable} is set` };
  const variables = KEYED_DEFAULTS.map(({ variable }) => variable).join(', ');
  return { ok: true, settings: SCRIPTED, reason: `no model is configured and none of ${variables} is set` };
}
