import type { Bundle } from '../domain/bundle.ts';
import { chooseModel } from './choose-model.ts';
import { PROVIDERS } from './providers/all.ts';

/**
 * Loads the code of the provider of the bundle's main model, so that the first run does not stop everything else
 * for the tenth of a second that it takes. Asks nobody.
 */
export async function loadSdk(bundle: Bundle): Promise<void> {
  const choice = chooseModel(bundle);
  if (choice.ok) await PROVIDERS.find(({ name }) => name === choice.settings.provider)?.load();
}
