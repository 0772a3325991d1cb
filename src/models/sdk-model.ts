import type { ModelSettings } from '../domain/automation.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { Model, ModelAnswer, ModelRequest } from '../domain/ports/model.ts';
import { modelId } from './choose-model.ts';
import { toModelError } from './model-error.ts';
import { type PricedUsage, priceOf } from './prices.ts';
import type { Provider, ProviderAccess, SdkModel } from './provider.ts';
import { toAnswer } from './sdk-answer.ts';
import { generateStep } from './sdk-step.ts';

export interface SdkModelOptions {
  readonly settings: ModelSettings;
  readonly provider: Provider;
  readonly access: ProviderAccess;
  /** The provider's client, made with the first request of a bundle. */
  readonly open: () => Promise<SdkModel>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redact: (text: string) => string;
}

/** A provider's model; one `generate` is one request. The provider's code is loaded by the first. */
export function createSdkModel(options: SdkModelOptions): Model {
  const { settings, provider, access, clock } = options;
  const price = (usage: PricedUsage) =>
    priceOf(usage, { settings, table: provider.priceTable, baseUrl: access.baseUrl, now: clock.now() });
  return {
    id: modelId(settings),
    ...(settings.maxOutputTokens === undefined ? {} : { maxOutputTokens: settings.maxOutputTokens }),
    price,
    generate: (request, signal) => generate(request, signal, { ...options, price }),
  };
}

interface Opened extends SdkModelOptions {
  readonly price: (usage: PricedUsage) => number | null;
}

async function generate(request: ModelRequest, signal: AbortSignal, opened: Opened): Promise<ModelAnswer> {
  const { settings, provider, clock, logger, redact } = opened;
  const model = modelId(settings);
  const sdkModel = await opened.open();
  if (signal.aborted) return stopped(model);
  try {
    const step = await generateStep(sdkModel, request, {
      provider,
      maxOutputTokens: Math.min(request.maxOutputTokens, settings.maxOutputTokens ?? Number.POSITIVE_INFINITY),
      signal,
    });
    for (const warning of step.warnings) logger.debug('model warning', { model, warning });
    return await toAnswer(step, { request, model, price: opened.price });
  } catch (error) {
    return signal.aborted
      ? stopped(model)
      : { ok: false, error: toModelError(error, { model, now: clock.now(), redact }) };
  }
}

function stopped(model: string): ModelAnswer {
  return { ok: false, error: { message: `${model}: stopped before it answered`, retryable: false } };
}
