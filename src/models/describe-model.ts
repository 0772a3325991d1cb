import type { Bundle } from '../domain/bundle.ts';
import { chooseModel, type ModelChooser, modelId } from './choose-model.ts';
import { findAccess } from './find-access.ts';
import { PROVIDERS } from './providers/all.ts';

/** For people: what would run, why it was picked, and what is missing before it can (a sentence), if anything. */
export interface ModelDescription {
  /** `provider/model`, or `scripted`. */
  readonly id: string;
  /** E.g. `models.main of amodal.json`, `ANTHROPIC_API_KEY is set`. */
  readonly reason: string;
  readonly problem?: string;
}

/** Says which model an automation (or, without one, the bundle) runs on. Looks only at the bundle; nobody is asked. */
export function describeModel(bundle: Bundle, automation?: ModelChooser): ModelDescription {
  const choice = chooseModel(bundle, automation);
  if (!choice.ok) return { id: choice.id, reason: 'the automation names it', problem: choice.problem };
  const { settings, reason } = choice;
  const described = { id: modelId(settings), reason };
  const provider = PROVIDERS.find(({ name }) => name === settings.provider);
  const found = provider && findAccess(settings, provider, bundle.secrets);
  return found && !found.ok ? { ...described, problem: found.problem } : described;
}
