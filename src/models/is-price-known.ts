import type { Bundle } from '../domain/bundle.ts';
import { chooseModel, type ModelChooser } from './choose-model.ts';
import { findAccess } from './find-access.ts';
import { priceOf } from './prices.ts';
import { PROVIDERS } from './providers/all.ts';

const SOME_USAGE = { inputTokens: 1000, outputTokens: 1000, totalTokens: 2000 };

/** Whether the model of an automation has a price at `now`; also true where it cannot be asked anyway, and costs nothing. */
export function isPriceKnown(bundle: Bundle, automation: ModelChooser, now: number): boolean {
  const choice = chooseModel(bundle, automation);
  if (!choice.ok) return true;
  const { settings } = choice;
  const provider = PROVIDERS.find(({ name }) => name === settings.provider);
  const found = provider && findAccess(settings, provider, bundle.secrets);
  if (!found?.ok) return true;
  return priceOf(SOME_USAGE, { settings, table: provider?.priceTable, baseUrl: found.access.baseUrl, now }) !== null;
}
