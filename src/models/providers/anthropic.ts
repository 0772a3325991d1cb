import type { Provider } from '../provider.ts';

/** Anthropic's Messages API: https://docs.anthropic.com/en/api/messages */
export const anthropic: Provider = {
  name: 'anthropic',
  keyVariable: 'ANTHROPIC_API_KEY',
  baseUrl: 'https://api.anthropic.com/v1',
  priceTable: 'anthropic',
  async open({ model, baseUrl, apiKey }, fetch) {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    return createAnthropic({ baseURL: baseUrl, apiKey: apiKey ?? '', fetch })(model);
  },
};
