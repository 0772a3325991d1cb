import type { Bundle } from '../domain/bundle.ts';
import { chooseModel } from './choose-model.ts';

/**
 * Loads the code of the SDK where the bundle's main model needs it, so that the first run does not stop everything else
 * for the tenth of a second that it takes. Asks nobody.
 */
export async function loadSdk(bundle: Bundle): Promise<void> {
  const choice = chooseModel(bundle);
  if (choice.ok && choice.settings.provider !== 'scripted') await import('./sdk-step.ts');
}
