import type { Provider } from '../provider.ts';

/** Anthropic's Messages API: https://docs.anthropic.com/en/api/messages */
export const anthropic: Provider = {
  name: 'anthropic',
  keyVariable: 'ANTHROPIC_API_KEY',
  baseUrl: 'https://api.anthropic.com/v1',
  priceTable: 'anthropic',
  async load() {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    return ({ model, baseUrl, apiKey }, fetch) =>
      createAnthropic({ baseURL: baseUrl, apiKey: apiKey ?? '', fetch })(model);
  },
};
