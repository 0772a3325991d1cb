import { createRequire } from 'node:module';
import type { ModelSettings } from '../domain/automation.ts';
import type { Usage } from '../domain/run.ts';

type PriceTable = Pick<typeof import('@pydantic/genai-prices'), 'calcPrice'>;

/** The tokens of one step; cached ones are part of `inputTokens` and undefined where the provider does not tell. */
export interface PricedUsage extends Usage {
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
}

export interface PriceRequest {
  readonly settings: ModelSettings;
  /** The provider's name in the price table; undefined = found by `baseUrl`. */
  readonly table?: string;
  readonly baseUrl?: string;
  /** Epoch ms: prices change over time. */
  readonly now: number;
}

let table: PriceTable | undefined;

/**
 * Dollars of that many tokens: by the file's own `price`, else by the offline price table; null when neither knows the
 * model, never 0. The table is loaded when it is first asked.
 */
export function priceOf(usage: PricedUsage, request: PriceRequest): number | null {
  const { settings } = request;
  if (settings.price) {
    return (usage.inputTokens * settings.price.input + usage.outputTokens * settings.price.output) / 1_000_000;
  }
  const provider = request.table === undefined ? { providerApiUrl: request.baseUrl } : { providerId: request.table };
  // A server of one's own is in no table, and its address is no reason to load one.
  if (request.table === undefined && !request.baseUrl?.startsWith('https://')) return null;
  try {
    const price = loadTable().calcPrice(tableUsage(usage), settings.model, {
      ...provider,
      timestamp: new Date(request.now),
    });
    return price?.total_price ?? null;
  } catch {
    // The table refuses counts that contradict each other; a cost made of them would be a guess.
    return null;
  }
}

function loadTable(): PriceTable {
  table ??= createRequire(import.meta.url)('@pydantic/genai-prices') as PriceTable;
  return table;
}

function tableUsage(usage: PricedUsage) {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    ...(usage.cacheReadTokens ? { cache_read_tokens: usage.cacheReadTokens } : {}),
    ...(usage.cacheWriteTokens ? { cache_write_tokens: usage.cacheWriteTokens } : {}),
  };
}
